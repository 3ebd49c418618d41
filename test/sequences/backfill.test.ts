import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { planBackfill, planBackfillWeeks } from '../../activities/backfill/plan-backfill.ts';
import { createAlmanac, type BackfillProgress } from '../../src/client.ts';
import { backfillId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
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
    settingsOf: () => ({ timeZone: 'UTC', calendar: { firstDay: '2026-01-01', closedWeekdays: [7], closedDays: [] } }),
    activityStore: { readDays: async () => [] }, limits: { daysAtOnce: 1 },
  } as unknown as Plugs;
  const OPEN = ['02', '03', '04', '05', '06', '07', '09', '10', '11', '12', '13', '14'].map((day) => `2026-03-${day}`);

  async function start(path: string, different: Partial<BackfillInput> = {}, steps: Partial<Activities> = {}) {
    const property = world.property(path, { planBackfill: planBackfill(plugs), planBackfillWeeks: planBackfillWeeks(), ...steps });
    const almanac = createAlmanac({ client: world.client, taskQueue: world.taskQueue });
    const handle = await almanac.backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false, ...different });
    return { property, handle, almanac };
  }
  const days = (property: string) => world.calls(property).filter(({ step }) => step === 'joinIngest').map(({ input }) => input.day);

  test('looks at every open day, oldest first, then has the whole weeks decided in order', async () => {
    const { property, handle } = await start('oldest', { weeks: true });
    assert.deepEqual(await handle.result(), { total: 12, done: 12, failed: [], rows: 120 });
    assert.deepEqual(days(property), OPEN);
    assert.deepEqual(await world.steps(handle.workflowId), ['planBackfill', ...OPEN.map(() => 'joinIngest'), 'planBackfillWeeks', 'awaitWeekDecided', 'awaitWeekDecided']);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'awaitWeekDecided').map(({ input }) => input.week), ['2026-W10', '2026-W11']);
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
        return { day, state: day === '2026-03-03' ? 'missing' : 'final', generation: 1, rows: 10, sentence: '' };
      },
    });
    await eventually(async () => days(property).length === 4, 30_000, 'the fourth day');
    assert.deepEqual(await almanac.backfills.progress(property, from, to), { total: 12, done: 3, failed: [{ day: '2026-03-03', state: 'missing' }], rows: 30 } satisfies BackfillProgress);
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

  test('goes on after the last day that a run before it had done', async () => {
    const { property, handle } = await start('continued', { state: { progress: { total: 12, done: 10, failed: [], rows: 100 }, after: '2026-03-12' } });
    assert.deepEqual(await handle.result(), { total: 12, done: 12, failed: [], rows: 120 });
    assert.deepEqual(days(property), ['2026-03-13', '2026-03-14']);
  });
});
