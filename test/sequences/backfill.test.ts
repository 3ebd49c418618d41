import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { planBackfill, planBackfillWeeks } from '../../activities/backfill/plan-backfill.ts';
import { joinIngest } from '../../activities/tick/join.ts';
import { createAlmanac, type BackfillProgress } from '../../src/client.ts';
import { createSequences } from '../../src/connectors/temporal-sequences.ts';
import { backfillId, reconcileId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import { outcome } from './canned-steps.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';
import type { Activities, Plugs } from '../../activities/index.ts';
import type { BackfillInput } from '../../workflows/backfill.ts';

suite('a backfill', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const [from, to] = ['2026-03-02', '2026-03-15'];
  /** The product's own rule of which days and weeks, over a store that knows nothing; days one at a time. */
  const plugs = {
    settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-01', closedWeekdays: [7], closedDays: [] }, churn: { horizonDays: 30, minimumHistoryDays: 14, trainOn: 'pooled-snapshots' } }),
    activityStore: { readDays: async () => [] }, limits: { daysAtOnce: 1 },
  } as unknown as Plugs;
  const NOTHING_WRONG = { failed: [], failedDays: 0, failedWeeks: [], failedWeekCount: 0, deciding: null } as const;
  const OPEN = ['02', '03', '04', '05', '06', '07', '09', '10', '11', '12', '13', '14'].map((day) => `2026-03-${day}`);

  async function start(path: string, different: Partial<BackfillInput> = {}, steps: Partial<Activities> = {}) {
    const property = world.property(path, { planBackfill: planBackfill(plugs), planBackfillWeeks: planBackfillWeeks(plugs), ...steps });
    const almanac = createAlmanac({ client: world.client, taskQueue: world.taskQueue });
    const handle = await almanac.backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false, ...different });
    return { property, handle, almanac };
  }
  const days = (property: string) => world.calls(property).filter(({ step }) => step === 'joinIngest').map(({ input }) => input.day);

  test('looks at every open day, oldest first, then has the whole weeks decided in order', async () => {
    const { property, handle } = await start('oldest', { weeks: true });
    assert.deepEqual(await handle.result(), { ...NOTHING_WRONG, total: 12, done: 12, rows: 120 });
    assert.deepEqual(days(property), OPEN);
    assert.deepEqual(await world.steps(handle.workflowId), ['planBackfill', ...OPEN.map(() => 'joinIngest'), 'judgeDaysAgain', 'planBackfillWeeks', 'awaitWeekDecided', 'awaitWeekDecided']);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'awaitWeekDecided').map(({ input }) => input.week), ['2026-W10', '2026-W11']);
  });

  test('weeks for which the property is too young are not built', async () => {
    const { property, handle } = await start('too-young', { from: '2026-02-09', weeks: true });
    assert.deepEqual((await handle.result()).failedWeeks, []);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'awaitWeekDecided').map(({ input }) => input.week), ['2026-W08', '2026-W09', '2026-W10', '2026-W11']);
  });

  test('newest first turns the days round and leaves the weeks in order', async () => {
    const { property, handle } = await start('newest', { order: 'newest', weeks: true });
    await handle.result();
    assert.deepEqual(days(property), OPEN.toReversed());
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'awaitWeekDecided').map(({ input }) => input.week), ['2026-W10', '2026-W11']);
  });

  test('says how far it is, and names the days that failed', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { property, handle, almanac } = await start('progress', {}, {
      joinIngest: async ({ day }) => {
        if (day === '2026-03-05') await released;
        return { day, state: day === '2026-03-03' ? 'missing' : 'final', generation: 1, rows: 10, sentence: 'it is missing' };
      },
    });
    await eventually(async () => days(property).length === 4, 30_000, 'the fourth day');
    assert.deepEqual(await almanac.backfills.progress(property, from, to), { ...NOTHING_WRONG, total: 12, done: 3, failed: [{ day: '2026-03-03', state: 'missing', sentence: 'it is missing' }], failedDays: 1, rows: 30 } satisfies BackfillProgress);
    release();
    assert.equal((await handle.result()).done, 12);
    assert.equal(handle.workflowId, backfillId(property, from, to));
  });

  test('ends at once when it is cancelled, and starts no further day', async () => {
    const { property, handle, almanac } = await start('cancelled', {}, { joinIngest: untilCancelled });
    await eventually(async () => days(property).length === 1, 30_000, 'the first day');
    await almanac.backfills.cancel(property, from, to);
    await assert.rejects(handle.result(), ({ cause }: Error) => cause instanceof Error && cause.name === 'CancelledFailure');
    assert.deepEqual(days(property), ['2026-03-02']);
  });

  test('that runs is joined by the same request, and refuses another one of its range', async () => {
    const { property, handle, almanac } = await start('joined', {}, { joinIngest: untilCancelled });
    const asked = { property, from, to, which: 'missing', order: 'oldest', weeks: false } as const;
    assert.equal((await almanac.backfills.start(asked)).workflowId, handle.workflowId);
    const runs = `${handle.workflowId} runs already, as "run --which missing --order oldest": wait for its end, or cancel it: npx almanac backfill run ${property} --from ${from} --to ${to} --cancel`;
    for (const other of [{ which: 'all' }, { order: 'newest' }, { weeks: true }] as const) await assert.rejects(almanac.backfills.start({ ...asked, ...other }), { code: 'busy', message: runs });
    await handle.terminate();
    const next = await almanac.backfills.start({ ...asked, weeks: true });
    await assert.rejects(almanac.backfills.start(asked), ({ message }: Error) => message.includes(' runs already, as "run --which missing --order oldest --weeks": '));
    await next.terminate();
  });

  test('that was started before its request was kept with it is not joined unseen', async () => {
    const property = world.property('joined', { planBackfill: planBackfill(plugs), joinIngest: untilCancelled });
    const asked = { property, from, to, which: 'missing', order: 'oldest', weeks: false } as const;
    const handle = await world.client.workflow.start('backfill', { workflowId: backfillId(property, from, to), taskQueue: world.taskQueue, args: [asked] });
    await assert.rejects(createAlmanac({ client: world.client, taskQueue: world.taskQueue }).backfills.start(asked), ({ message }: Error) => message.startsWith(`${handle.workflowId} runs already, as an earlier version started it: wait for its end, or cancel it: `));
    await handle.terminate();
  });

  test('goes on after the last day that a run before it had done', async () => {
    const { property, handle } = await start('continued', { state: { progress: { ...NOTHING_WRONG, total: 12, done: 10, rows: 100 }, after: '2026-03-12' } });
    assert.deepEqual(await handle.result(), { ...NOTHING_WRONG, total: 12, done: 12, rows: 120 });
    assert.deepEqual(days(property), ['2026-03-13', '2026-03-14']);
  });

  test('names the weeks that failed, and which one it waits for meanwhile', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { property, handle, almanac } = await start('weeks-fail', { weeks: true }, {
      awaitWeekDecided: async ({ week }) => {
        if (week === '2026-W11') await released;
        return week === '2026-W10' ? { phase: 'failed', sentence: 'training failed: out of memory' } : { phase: 'serving', sentence: 'it serves' };
      },
    });
    await eventually(async () => (await almanac.backfills.progress(property, from, to)).deciding === '2026-W11', 30_000, 'the second week');
    release();
    assert.deepEqual(await handle.result(), { ...NOTHING_WRONG, total: 12, done: 12, rows: 120, failedWeeks: [{ week: '2026-W10', phase: 'failed', sentence: 'training failed: out of memory' }], failedWeekCount: 1 });
  });

  test('days that a check holds once all days are in are named, and those that none holds any more are forgotten', async () => {
    const low = { day: '2026-03-10', state: 'low-volume', sentence: '3 % of the usual' };
    const later = { day: '2026-03-17', state: 'low-volume', sentence: '4 % of the usual' };
    const renamed = { day: '2026-03-11', state: 'renamed-event', sentence: '"view" is gone' };
    const { property, handle } = await start('judged-again', {}, {
      joinIngest: async ({ day }) => ({ day, state: day === '2026-03-03' ? 'low-volume' : day === '2026-03-04' ? 'renamed-event' : day === '2026-03-05' ? 'missing' : day === '2026-03-14' ? 'not-due' : 'final', generation: 1, rows: 10, sentence: 'as it came in' }),
      judgeDaysAgain: async () => ({ held: [low, renamed], heldDays: 70, later: [later], freed: [] }),
    });
    const result = await handle.result();
    assert.deepEqual(result.failed, [{ day: '2026-03-05', state: 'missing', sentence: 'as it came in' }, low, renamed]);
    assert.deepEqual([result.failedDays, result.notDueDays, result.later], [71, 1, [later]], 'one that its source may still bring is no failure');
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'judgeDaysAgain').map(({ input }) => input), [{ property, from, to }]);
  });

  test('days that judging again made final are compared with the report of their source, beside the backfill', async () => {
    const freed = [{ day: '2026-03-10', generation: 2 }, { day: '2026-03-17', generation: 1 }];
    const { property, handle } = await start('freed', {}, { judgeDaysAgain: async () => ({ held: [], heldDays: 0, later: [], freed }), reconcileDay: untilCancelled });
    await handle.result();
    assert.deepEqual((await world.story(handle.workflowId)).slice(-3), ['judgeDaysAgain', 'child reconcile', 'child reconcile']);
    for (const { day, generation } of freed) assert.equal((await world.client.workflow.getHandle(reconcileId(property, day, generation)).describe()).status.name, 'RUNNING');
    const again = await createAlmanac({ client: world.client, taskQueue: world.taskQueue }).backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false });
    assert.equal((await again.result()).failedDays, 0, 'days that are being compared already hold nothing up');
    const compared = () => world.calls(property).filter(({ step }) => step === 'reconcileDay').map(({ input }) => input).sort((a, b) => String(a.day).localeCompare(String(b.day)));
    await eventually(async () => compared().length >= freed.length, 30_000, 'the comparisons');
    assert.deepEqual(compared(), freed.map((each) => ({ property, ...each })));
  });

  test('names the first 50 days that failed and counts them all', async () => {
    const { handle } = await start('many-fail', { from: '2026-01-05' }, { joinIngest: async ({ day }) => ({ day, state: 'missing', generation: 0, rows: 0, sentence: 'it is missing' }) });
    const { total, done, failed, failedDays } = await handle.result();
    assert.deepEqual([total, done, failed.length, failed[0]?.day, failedDays], [60, 60, 50, '2026-01-05', 60]);
  });

  test('a look that fails for good is an outcome of its day, and is not started over and over', async () => {
    const sequences = createSequences({ client: world.client, taskQueue: world.taskQueue });
    const { property, handle } = await start('no-map', { to: '2026-03-03' }, {
      joinIngest: joinIngest({ sequences } as Plugs),
      lookAtDay: async ({ day }) => {
        if (day === '2026-03-02') throw ApplicationFailure.nonRetryable('time format "soon" is not known', 'bad-configuration');
        return { found: 'unchanged', outcome: { ...outcome, day } };
      },
    });
    const sentence = `day 2026-03-02 of ${property} was not taken in: time format "soon" is not known. Then: npx almanac source retry ${property} 2026-03-02`;
    assert.deepEqual(await handle.result(), { ...NOTHING_WRONG, total: 2, done: 2, failed: [{ day: '2026-03-02', state: 'failed', sentence }], failedDays: 1, rows: 10 });
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'lookAtDay').map(({ input }) => input.day), ['2026-03-02', '2026-03-03']);
  });

  test('counts what it has done and what is left: days before its place that nobody wanted are no part of it', async () => {
    const final = OPEN.slice(0, 3).map((day) => ({ day, state: 'final' }));
    const plan = planBackfill({ ...plugs, activityStore: { readDays: async () => final } } as unknown as Plugs);
    const input = { property: 'p', from, to, which: 'missing', order: 'oldest', limit: 4 } as const;
    assert.deepEqual(await plan({ ...input, after: null, done: 0 }), { days: OPEN.slice(3, 7), total: 9, isLast: false, atOnce: 1 });
    assert.deepEqual(await plan({ ...input, after: OPEN[6]!, done: 4 }), { days: OPEN.slice(7, 11), total: 9, isLast: false, atOnce: 1 });
  });

  test('of the days that failed, none that becomes what it must be by itself', async () => {
    const states = ['final', 'provisional', 'not-due', 'missing', 'low-volume', 'waived'] as const;
    const known = states.map((state, index) => ({ day: OPEN[index], state }));
    const plan = planBackfill({ ...plugs, activityStore: { readDays: async () => known } } as unknown as Plugs);
    const { days, total } = await plan({ property: 'p', from, to, which: 'failed', order: 'oldest', after: null, done: 0, limit: 50 });
    assert.deepEqual([days, total], [[OPEN[3], OPEN[4]], 2]);
  });
});
