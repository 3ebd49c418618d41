import { Client, WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { parseWeek, type Week } from './domain/calendar/week.ts';
import { parseDay, type Day } from './domain/calendar/day.ts';
import { Failure } from './domain/failure.ts';
import { hashJson, type Json } from './domain/hash.ts';
import { backfillId, cohortId, weekId } from './domain/release/ids.ts';
import { checkCohort, type CohortFilter } from './domain/release/cohort.ts';
import type { Stage } from './domain/release/stages.ts';
import type { CheckOverride, RerunRequest, WeekStatus } from './domain/release/week-status.ts';
import type { ActivityStore } from './ports/activity-store.ts';
import type { ArtifactStore } from './ports/artifact-store.ts';
import type { PeopleStore, ScoredRow } from './ports/people-store.ts';
import type { backfill, BackfillInput } from '../workflows/backfill.ts';
import type { cohort } from '../workflows/cohort.ts';
import type { BackfillProgress, CohortStatus, PersonDecision } from '../workflows/messages.ts';
import type { week as weekWorkflow } from '../workflows/week.ts';

export type { BackfillProgress, CohortStatus, WeekStatus, ScoredRow };

export interface AlmanacOptions {
  readonly client: Client;
  /** The worker's queue, `almanac` unless configured otherwise. */
  readonly taskQueue: string;
  /** Needed to start cohorts by list. */
  readonly artifacts?: ArtifactStore;
  /** Needed to read scores. */
  readonly peopleStore?: PeopleStore;
  /** Knows a property's shards, for a reader of scores who does not. */
  readonly activityStore?: Pick<ActivityStore, 'readProperty'>;
}

export interface CohortOptions {
  readonly property: string;
  readonly cohort: string;
  /** Ids of people, or a filter. */
  readonly people: readonly string[] | CohortFilter;
  readonly asOf: Day;
  readonly week?: Week | 'latest';
}

export type Almanac = ReturnType<typeof createAlmanac>;

/** The SDK: weeks, cohorts and backfills from another program. Every call may be repeated: ids and request ids decide. */
export function createAlmanac({ client, taskQueue, artifacts, peopleStore, activityStore }: AlmanacOptions) {
  const starting = (property: string, week: Week) => new WithStartWorkflowOperation<typeof weekWorkflow>('week', {
    workflowId: weekId(property, parseWeek(week)), taskQueue, args: [{ property, week }], workflowIdConflictPolicy: 'USE_EXISTING',
  });
  /** An update that starts the week where none runs, so that a closed week works too. */
  const update = <Result>(property: string, week: Week, name: string, args: unknown[]): Promise<Result> =>
    client.workflow.executeUpdateWithStart<typeof weekWorkflow, Result, unknown[]>(name, { startWorkflowOperation: starting(property, week), args });

  return {
    weeks: {
      /** Starts the week, or leaves the one that runs alone. */
      async run(property: string, week: Week): Promise<void> {
        await client.workflow.start<typeof weekWorkflow>('week', { workflowId: weekId(property, parseWeek(week)), taskQueue, args: [{ property, week }], workflowIdConflictPolicy: 'USE_EXISTING' });
      },
      /** Builds a revision from a stage on, over failed checks of the week where somebody says why; answers with its number. The same request id twice is one revision. */
      rerun: (property: string, week: Week, request: { from: Stage; requestId: string; overrideChecks?: CheckOverride }): Promise<{ revision: number }> => update(property, week, 'rerun', [request satisfies RerunRequest]),
      /** Where the week stands, from its workflow; null when none answers: read the releases then. */
      async status(property: string, week: Week): Promise<WeekStatus | null> {
        try {
          return await client.workflow.getHandle(weekId(property, parseWeek(week))).query<WeekStatus>('status');
        } catch (error) {
          if (error instanceof Error && error.name === 'WorkflowNotFoundError') return null;
          throw error;
        }
      },
      approve: (property: string, week: Week, decision: PersonDecision): Promise<{ revision: number }> => update(property, week, 'approve', [decision]),
      reject: (property: string, week: Week, decision: PersonDecision): Promise<{ revision: number }> => update(property, week, 'reject', [decision]),
      rotateKey: (property: string, week: Week): Promise<{ keyId: string }> => update(property, week, 'rotateKey', []),
      retire: (property: string, week: Week, why: { reason: string; by: string }): Promise<{ retired: boolean }> => update(property, week, 'retire', [why]),
    },
    cohorts: {
      /**
       * Starts a cohort, or joins the one that runs when it asks for the same; fails with `busy` when that one asks for
       * something else. A new cohort replaces the scores of an earlier one of its name. A list is stored as an artifact first.
       */
      async start({ property, cohort: name, people, asOf, week = 'latest' }: CohortOptions): Promise<void> {
        const request = checkCohort({ property, cohort: name, asOf: parseDay(asOf), week, people: Array.isArray(people) ? { by: 'list', list: await keepList(artifacts, people as readonly string[]) } : { by: 'filter', filter: people as CohortFilter } });
        const requestHash = hashJson(request as unknown as Json);
        const { workflowId, firstExecutionRunId } = await client.workflow.start<typeof cohort>('cohort', { workflowId: cohortId(property, name), taskQueue, args: [request], memo: { requestHash }, workflowIdConflictPolicy: 'USE_EXISTING' });
        // Whoever comes second gets the run of the first, with the memo of the first.
        const { memo } = await client.workflow.getHandle(workflowId, firstExecutionRunId).describe();
        if (memo?.requestHash !== requestHash) throw new Failure('busy', `cohort ${name} of ${property} runs already for other people, another day or another week's model: wait for its end, or take another name`);
      },
      status: (property: string, name: string): Promise<CohortStatus> => client.workflow.getHandle(cohortId(property, name)).query<CohortStatus>('status'),
      /** Waits until the cohort is scored. */
      result: (property: string, name: string): Promise<CohortStatus> => client.workflow.getHandle(cohortId(property, name)).result() as Promise<CohortStatus>,
      /** Every scored person of the cohort, shard by shard; without `shardCount` the activity store is asked. */
      async *scores(property: string, name: string, shardCount?: number): AsyncGenerator<ScoredRow> {
        if (!peopleStore) throw new Failure('bad-argument', 'reading scores needs a peopleStore: createAlmanac({ …, peopleStore })');
        const shards = shardCount ?? (await activityStore?.readProperty(property))?.shardCount;
        if (shards === undefined) throw new Failure('bad-argument', `how many shards ${property} has is not known: say it, or createAlmanac({ …, activityStore }) and load the property's first day`);
        for (let shard = 0; shard < shards; shard += 1) yield* peopleStore.readCohortScores({ property, cohort: name, shard });
      },
    },
    backfills: {
      /**
       * Starts a backfill, or joins the one that runs over the same range when it does the same; fails with `busy` when that
       * one takes other days, another order, or builds weeks where this one does not.
       */
      async start(input: BackfillInput): Promise<WorkflowHandle<typeof backfill>> {
        const { property, from, to } = input;
        const request = requestOf(input);
        const handle = await client.workflow.start<typeof backfill>('backfill', { workflowId: backfillId(property, from, to), taskQueue, args: [input], memo: { request }, workflowIdConflictPolicy: 'USE_EXISTING' });
        const { memo } = await client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId).describe();
        if (memo?.request === request) return handle;
        const running = memo?.request === undefined ? 'an earlier version started it' : `"${String(memo.request)}"`;
        throw new Failure('busy', `${handle.workflowId} runs already, as ${running}: wait for its end, or cancel it: npx almanac backfill run ${property} --from ${from} --to ${to} --cancel`);
      },
      progress: (property: string, from: Day, to: Day): Promise<BackfillProgress> => client.workflow.getHandle(backfillId(property, from, to)).query<BackfillProgress>('progress'),
      async cancel(property: string, from: Day, to: Day): Promise<void> {
        await client.workflow.getHandle(backfillId(property, from, to)).cancel();
      },
    },
  };
}

/** What tells two backfills of one range apart, as a person would ask for it. */
function requestOf({ which, order, weeks }: BackfillInput): string {
  return `run --which ${which} --order ${order}${weeks ? ' --weeks' : ''}`;
}

async function keepList(artifacts: ArtifactStore | undefined, people: readonly string[]) {
  if (!artifacts) throw new Failure('bad-argument', 'a cohort by list needs an artifact store: createAlmanac({ …, artifacts })');
  const ids = [...new Set(people)].sort();
  if (ids.length === 0 || ids.some((id) => id === '' || id.includes('\n'))) throw new Failure('bad-argument', `the list has ${ids.length} people, empty ids or ids with line ends; expected at least one id, one line each`);
  return artifacts.put('people', '.txt', Buffer.from(`${ids.join('\n')}\n`));
}
