import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../stack.ts';
import { startWeek } from './week-world.ts';
import { sequenceWorld, STEPS_AT_ONCE, type SequenceWorld } from './world.ts';
import type { backfill } from '../../workflows/backfill.ts';

suite('who waits for another sequence', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  test('takes no place from what is waited for, however many wait', async () => {
    const days = Array.from({ length: STEPS_AT_ONCE + 4 }, (_, index) => `2026-02-${String(index + 1).padStart(2, '0')}`);
    let release = (): void => undefined;
    const released = new Promise<void>((done) => { release = done; });
    const property = world.property('many-joins', {
      planBackfill: async () => ({ days, total: days.length, isLast: true, atOnce: days.length }),
      joinIngest: async ({ day }) => {
        await released;
        return { day, state: 'final', generation: 1, rows: 10, sentence: '10 rows' };
      },
    });
    const waiting = await world.client.workflow.start<typeof backfill>('backfill', {
      workflowId: `backfill/${property}/${days[0]}..${days.at(-1)}`, taskQueue: world.taskQueue,
      args: [{ property, from: days[0]!, to: days.at(-1)!, which: 'all', order: 'oldest', weeks: false }],
    });
    await eventually(async () => world.calls(property).filter(({ step }) => step === 'joinIngest').length === days.length, 30_000, 'all of them wait');
    const beside = await startWeek(world, 'beside-joins');
    assert.equal((await beside.once('serving')).live?.revision, 1);
    release();
    assert.equal((await waiting.result()).done, days.length);
  });
});
