import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { leaveUncompared } from '../../activities/ingest/leave-uncompared.ts';
import { reconcileId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';
import type { Activities } from '../../activities/index.ts';
import type { IngestPlugs } from '../../activities/ingest/ingest-plugs.ts';
import type { DayReconciliation } from '../../src/ports/reconciliation-store.ts';

suite('a comparison that comes to no end', () => {
  const [day, generation] = ['2026-03-02', 1] as const;
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  /** The product's own step over a store of the test. */
  async function start(path: string, reconcileDay: Activities['reconcileDay'], kept: DayReconciliation[] = []) {
    const reconciliations = { list: async () => kept, write: async (row: DayReconciliation) => void kept.push(row) };
    const leave = leaveUncompared({ reconciliations } as unknown as IngestPlugs);
    const property = world.property(path, { reconcileDay, leaveUncompared: async (input) => (await leave(input), await leave(input)) }); // done twice is done once
    const handle = await world.client.workflow.start('reconcile', { workflowId: reconcileId(property, day, generation), taskQueue: world.taskQueue, args: [{ property, day, generation }] });
    return { property, handle, kept, row: (sentence: string): DayReconciliation => ({ property, day, generation, verdict: 'not-compared', comparisons: [], reported: null, marks: [], sentence }) };
  }

  test('in its time is kept as a day that was not compared, with what held it up', async () => {
    const { handle, kept, row } = await start('outlasted', async () => {
      throw ApplicationFailure.create({ message: 'the day\'s tokens are used up', type: 'source-busy', nextRetryDelay: '3 days' });
    });
    const sentence = `day ${day} was not compared: no comparison came about in its time: the day's tokens are used up`;
    assert.deepEqual(await handle.result(), { verdict: 'not-compared', sentence });
    assert.deepEqual(kept, [row(sentence)]);
    assert.deepEqual(await world.steps(handle.workflowId), ['reconcileDay', 'leaveUncompared']);
  });

  test('because a step fails for good is kept with its reason', async () => {
    const { handle, kept, row } = await start('never-compared', async () => {
      throw ApplicationFailure.nonRetryable('property "site" is not configured any more', 'property-unknown');
    });
    const sentence = `day ${day} was not compared: property "site" is not configured any more`;
    assert.deepEqual(await handle.result(), { verdict: 'not-compared', sentence });
    assert.deepEqual(kept, [row(sentence)]);
  });

  test('after one was written leaves that one as it is', async () => {
    const before: DayReconciliation = { property: 'site', day, generation, verdict: 'agrees', comparisons: [], reported: null, marks: [], sentence: `day ${day} agrees` };
    const { handle, kept } = await start('written-before', async () => {
      throw ApplicationFailure.nonRetryable('it was written, and nobody heard of it', 'busy');
    }, [before]);
    assert.deepEqual(await handle.result(), { verdict: 'agrees', sentence: `day ${day} agrees` });
    assert.deepEqual(kept, [before]);
  });

  test('because somebody cancels it leaves nothing behind', async () => {
    const { property, handle, kept } = await start('not-wanted', untilCancelled);
    await eventually(async () => world.calls(property).length === 1, 30_000, 'the comparison');
    await handle.cancel();
    await assert.rejects(handle.result(), ({ cause }: Error) => cause instanceof Error && cause.name === 'CancelledFailure');
    assert.deepEqual(kept, []);
  });
});
