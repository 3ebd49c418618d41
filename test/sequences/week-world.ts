import { revisionId, weekId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import type { WorkflowHandle } from '@temporalio/client';
import type { RerunRequest, WeekStatus } from '../../src/domain/release/week-status.ts';
import type { week as weekWorkflow, WeekInput } from '../../workflows/week.ts';
import type { Activities } from '../../activities/index.ts';
import type { Call, SequenceWorld } from './world.ts';

export const WEEK = '2026-W10';

/** The steps of a revision of a property with two shards, by stage. */
export const DAYS = ['pinDays'];
export const EXTRACT = ['planExtract', 'extractShards', 'extractShards', 'finishExtract'];
export const TRAIN = ['isPreviousWeekDecided', 'trainModels'];
export const ACCEPT = ['acceptModel'];
export const SCORE = ['planScore', 'deployModel', 'predictShards', 'predictShards', 'rankScores', 'writeScores', 'writeScores', 'finishScore'];
export const PUBLISH = ['issueKey', 'stageBuilt', 'compareRevisions', 'probeRelease', 'goLive', 'refreshStale', 'judgePastWeeks', 'retireOldWeeks', 'endRetiredWeeks', 'sweepGenerations'];
export const ALL_STAGES = [...DAYS, ...EXTRACT, ...TRAIN, ...ACCEPT, ...SCORE, ...PUBLISH];

/** One week of a property of its own, with what a test does to it. */
export interface TestWeek {
  readonly property: string;
  readonly handle: WorkflowHandle<typeof weekWorkflow>;
  status(): Promise<WeekStatus>;
  /** The status, once it is in this phase or as wanted. */
  once(wanted: WeekStatus['phase'] | ((status: WeekStatus) => boolean)): Promise<WeekStatus>;
  steps(): Promise<string[]>;
  story(): Promise<string[]>;
  stepsOfRevision(revision: number): Promise<string[]>;
  storyOfRevision(revision: number): Promise<string[]>;
  revisionHandle(revision: number): WorkflowHandle;
  /** Inputs of the calls of one step, in order. */
  inputs(step: keyof Activities): Record<string, unknown>[];
  rerun(request: RerunRequest): Promise<{ revision: number }>;
  update<Result>(name: string, ...args: unknown[]): Promise<Result>;
}

/** Starts the week of a new property named for the path. */
export async function startWeek(world: SequenceWorld, path: string, steps: Partial<Activities> = {}, state?: WeekInput['state']): Promise<TestWeek> {
  const property = world.property(path, steps);
  const args: [WeekInput] = [{ property, week: WEEK, ...(state === undefined ? {} : { state }) }];
  await world.client.workflow.start<typeof weekWorkflow>('week', { workflowId: weekId(property, WEEK), taskQueue: world.taskQueue, args });
  return weekOf(world, property);
}

/** The week of a property, whoever started it. */
export function weekOf(world: SequenceWorld, property: string): TestWeek {
  const { client } = world;
  const id = weekId(property, WEEK);
  const handle = client.workflow.getHandle<typeof weekWorkflow>(id);
  const status = () => handle.query<WeekStatus>('status');
  const update = <Result>(name: string, ...args: unknown[]) => handle.executeUpdate<Result, [unknown]>(name, { args: args as [unknown] });
  return {
    property, handle, status, update,
    once: (wanted) => eventually(async () => {
      const now = await status();
      return (typeof wanted === 'string' ? now.phase === wanted : wanted(now)) && now;
    }, 60_000, `${id} is ${String(wanted)}`),
    steps: () => world.steps(id),
    story: () => world.story(id),
    stepsOfRevision: (revision) => world.steps(revisionId(property, WEEK, revision)),
    storyOfRevision: (revision) => world.story(revisionId(property, WEEK, revision)),
    revisionHandle: (revision) => client.workflow.getHandle(revisionId(property, WEEK, revision)),
    inputs: (step) => world.calls(property).filter((call: Call) => call.step === step).map(({ input }) => input),
    rerun: (request) => update('rerun', request),
  };
}

