import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { planCohort, scoreCohortShards, type CohortPlan } from '../../activities/cohort/score-cohort.ts';
import { sweepGenerations } from '../../activities/ingest/sweep-generations.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { CohortRequest } from '../../src/domain/release/cohort.ts';

const stored = { name: 'artifact', sha256: '0'.repeat(64), bytes: 1 };
const request: CohortRequest = { property: 'shop', cohort: 'spring', people: { by: 'filter', filter: {} }, asOf: '2026-03-06', week: 'latest' };
/** 2 to 5 March are read; the 4th is closed. */
const calendar = { firstDay: '2026-03-02', closedWeekdays: [], closedDays: ['2026-03-04'] };

/** A step in a worker's context, over plugs that only answer. */
function doing<T>(step: () => Promise<T>): Promise<T> {
  const context = { info: { scheduledTimestampMs: 1000 }, cancellationSignal: new AbortController().signal, heartbeat: () => undefined };
  return asyncLocalStorage.run(context as unknown as Context, step);
}

function plugsOver({ days, dropped = [], cohorts = 0, cleared = [] }: { days: readonly (readonly [string, DayState])[]; dropped?: readonly string[]; cohorts?: number; cleared?: unknown[] }): Plugs {
  const pins = [{ day: '2026-03-02', generation: 1 }];
  return {
    settingsOf: () => ({ shards: 2, calendar, timeZone: 'UTC', churn: { horizonDays: 30, minimumHistoryDays: 1, minimumEvents: 1, trainOn: 'pooled-snapshots' } }),
    limits: { shardsAtOnce: 2 },
    releaseStore: { listWeeks: async () => [{ week: '2026-W09', service: { state: 'live' }, release: { modelId: 'm', revision: 1 }, staged: [], superseded: [] }], readModel: async () => ({ modelId: 'm', servedVersion: '1' }), readStages: async () => [] },
    activityStore: {
      readDays: async () => days.map(([day, state]) => ({ day, state, generation: 2 })),
      readManifest: async ({ day }: { day: string }) => (dropped.includes(day) ? null : {}),
      async *readShard() {},
    },
    artifacts: { put: async () => stored, get: async () => Buffer.from(JSON.stringify(pins)) },
    peopleStore: { clearCohort: async (cohort: unknown) => void cleared.push(cohort) },
    sequences: { runningRevisions: async () => 1, runningCohorts: async () => cohorts },
  } as unknown as Plugs;
}

suite('the steps of a cohort', () => {
  const [second, third, fifth] = [['2026-03-02', 'final'], ['2026-03-03', 'waived'], ['2026-03-05', 'final']] as const;

  test('a plan pins the days before its own and clears the name as of the time it was scheduled', async () => {
    const cleared: unknown[] = [];
    const plan = await doing(() => planCohort(plugsOver({ days: [second, third, fifth], cleared }))(request));
    assert.equal(plan.runUs, 1_000_000);
    assert.deepEqual(cleared, [{ property: 'shop', cohort: 'spring', shardCount: 2, runUs: 1_000_000 }]);
  });

  test('a week without a release is named with the first that can have one; one for which the property is too young is said to be', async () => {
    const plan = (week: string) => doing(() => planCohort(plugsOver({ days: [second] }))({ ...request, week }));
    await assert.rejects(plan('2026-W15'), { code: 'week-unknown', message: /^week 2026-W15 of shop has no release, .* The first week that can be built is 2026-W15, on 2026-04-13$/ });
    await assert.rejects(plan('2026-W12'), { code: 'week-too-young', message: /^week 2026-W12 cannot have a model: shop begins on 2026-03-02, .* The first week that can be built is 2026-W15, on 2026-04-13$/ });
  });

  test('a day that nobody has looked at is named, with what to do, and nothing is cleared', async () => {
    const cleared: unknown[] = [];
    await assert.rejects(doing(() => planCohort(plugsOver({ days: [second, fifth], cleared }))(request)), {
      code: 'day-missing',
      message: 'day 2026-03-03 of shop was never looked at, and a cohort as of 2026-03-06 reads it; load it: npx almanac backfill run shop --from 2026-03-03 --to 2026-03-05, '
        + 'waive it: npx almanac source waive shop 2026-03-03 --reason "…", or choose --as-of 2026-03-03 or earlier',
    });
    assert.deepEqual(cleared, []);
  });

  test('a missing day and days to come are not read as quiet ones', async () => {
    await assert.rejects(doing(() => planCohort(plugsOver({ days: [second, ['2026-03-03', 'missing']] }))(request)), /day 2026-03-03 of shop is missing, .* \(so with 2 days\)/);
  });

  test('a generation that was deleted while it was read fails the cohort', async () => {
    const plan = { dayMap: stored, shardCount: 2, thresholds: [0.5], runUs: 1 } as unknown as CohortPlan;
    const score = (dropped: readonly string[]) => doing(() => scoreCohortShards(plugsOver({ days: [second], dropped }))({ request, plan, shards: [0] }));
    assert.equal((await score([])).people, 0);
    await assert.rejects(score(['2026-03-02']), { code: 'day-changed-while-read' });
  });

  test('no generation is swept while a cohort runs', async () => {
    const dropped: unknown[] = [];
    const sweep = (cohorts: number) => {
      const plugs = plugsOver({ days: [second], cohorts });
      const releaseStore = { ...plugs.releaseStore, listWeeks: async () => [] };
      const activityStore = { ...plugs.activityStore, readDays: async () => [{ day: '2026-03-02', generation: 3 }], dropGeneration: async ({ generation }: { generation: number }) => void dropped.push(generation) };
      return doing(() => sweepGenerations({ ...plugs, releaseStore, activityStore } as unknown as Plugs)({ property: 'shop', week: '2026-W10', dayMap: stored }));
    };
    assert.deepEqual(await sweep(1), { dropped: 0 });
    assert.deepEqual(dropped, []);
    assert.deepEqual(await sweep(0), { dropped: 1 });
    assert.deepEqual(dropped, [2], 'the first is pinned, the third is current');
  });
});
