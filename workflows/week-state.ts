import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { stageTable, withStage, type Stage, type StageRow } from '../src/domain/release/stages.ts';
import type { CheckOverride, GateOverride, LiveRelease, RerunRequest, RevisionOutcome, WaitingDay, WeekPhase } from '../src/domain/release/week-status.ts';
import type { Retirement } from './messages.ts';
import { tags } from './tags.ts';

/** One wish to build, with the number its revision will have. */
export interface Build {
  readonly revision: number;
  readonly from: Stage | null;
  readonly requestId: string | null;
  readonly override: GateOverride | null;
  /** Absent where nobody overrode a check. */
  readonly overrideChecks?: CheckOverride | null;
}

/** What a week remembers, over continue-as-new too. */
export interface WeekState {
  phase: WeekPhase;
  sentence: string;
  /** Number of the next revision; null until the store was asked. */
  nextRevision: number | null;
  pending: Build[];
  /** Request id → revision, newest last; bounded. */
  handled: [requestId: string, revision: number][];
  stages: StageRow[];
  live: LiveRelease | null;
  last: RevisionOutcome | null;
  waitingFor: WaitingDay[];
  /** Hours without a word from a day that is due, of the build that waits. */
  waitedHours: number;
  retirement: Retirement | null;
  building: number | null;
}

const REMEMBERED_REQUESTS = 200;

export function newState(): WeekState {
  return {
    phase: 'waiting', sentence: 'just started', nextRevision: null, pending: [], handled: [], stages: [], live: null, last: null, waitingFor: [], waitedHours: 0, retirement: null, building: null,
  };
}

/** Writes a wish down, once for each request id; gives the id back. */
export function enqueue(state: WeekState, request: RerunRequest): string {
  if (state.handled.some(([known]) => known === request.requestId)) return request.requestId;
  const revision = state.nextRevision === null ? 0 : state.nextRevision++;
  state.handled = [...state.handled, [request.requestId, revision] as [string, number]].slice(-REMEMBERED_REQUESTS);
  state.pending.push({ revision, from: request.from, requestId: request.requestId, override: request.override ?? null, overrideChecks: request.overrideChecks ?? null });
  return request.requestId;
}

/** Is there anything for the main loop to do at once? */
export function hasWork(state: WeekState): boolean {
  return state.pending.length > 0 || state.retirement !== null || workflowInfo().continueAsNewSuggested;
}

/** Shows a stage in the details, and as the search attribute while it runs. */
export function setStage(state: WeekState, row: StageRow): void {
  state.stages = withStage(row.stage === 'days' ? [] : state.stages, row);
  setCurrentDetails(`${state.sentence}\n\n${stageTable(state.stages)}`);
  if (row.state === 'running') upsertSearchAttributes(tags({ stage: row.stage }));
}

/** Shows where the week stands. */
export function show(state: WeekState, phase: WeekPhase, sentence: string): void {
  state.phase = phase;
  state.sentence = sentence;
  setCurrentDetails(`${sentence}\n\n${stageTable(state.stages)}`);
}
