import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { servingId } from '../../src/domain/release/ids.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';
import { eventually } from '../stack.ts';
import type { Activities } from '../../activities/index.ts';
import type { RollupServingFigures } from '../../workflows/rollup-serving.ts';

suite('series by member made anew', () => {
  let world: SequenceWorld;
  before(async () => { world = await sequenceWorld(); });
  after(() => world.dispose());

  const start = (property: string) => world.client.workflow.start('rollupServing', { workflowId: servingId(property), taskQueue: world.taskQueue, args: [{ property, graceSeconds: 0.2 }] });
  const worked = (property: string): string[] => world.calls(property).map(({ step, input }) => [step, input.level, input.copy].filter((part) => part !== undefined).join(' '));
  const filled = ['openCopy', 'ensureSeriesTable 2', 'copyBuckets minute 2', 'copyBuckets hour 2', 'copyBuckets day 2', 'verifyCopy 2'];

  test('a table of its own is made, filled and verified before readers turn to it; the one of before goes after a grace', async () => {
    const property = world.property('served');
    const handle = await start(property);
    assert.deepEqual(await handle.result(), { copy: 2, buckets: 3, rows: 30, dropped: [1] } satisfies RollupServingFigures);
    assert.deepEqual(worked(property), [...filled, 'turnToCopy 2', 'dropSeriesTable 1']);
    const story = await world.story(handle.workflowId);
    assert.ok(story.findIndex((line) => line.includes('turnToCopy')) < story.findIndex((line) => line.includes('timer')), story.join(', '));
  });

  test('the first copy waits for nobody; many buckets are copied and verified in many steps', async () => {
    const [copies, parts] = [[7, null, null, null], [false, true]];
    const steps: Partial<Activities> = {
      copyBuckets: async () => ({ copied: 1, read: 1, next: copies.shift() ?? null }),
      verifyCopy: async ({ done }) => ({ buckets: 3, rows: 30, mismatches: [], done: done + 1, isLast: parts.shift() ?? true }),
      turnToCopy: async () => ({ unused: [] }),
    };
    const property = world.property('first-copy', steps);
    assert.deepEqual(await (await start(property)).result(), { copy: 2, buckets: 6, rows: 60, dropped: [] });
    assert.deepEqual(worked(property), ['openCopy', 'ensureSeriesTable 2', 'copyBuckets minute 2', 'copyBuckets minute 2', 'copyBuckets hour 2', 'copyBuckets day 2', 'verifyCopy 2', 'verifyCopy 2', 'turnToCopy 2']);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'verifyCopy').map(({ input }) => input.done), [0, 1]);
  });

  test('a copy that differs is dropped, and readers stay where they are', async () => {
    const mismatch = { level: 'hour' as const, bucket: '2019-01-01_11', shard: 0, sentence: 'hour 2019-01-01_11 (shard 0) holds other figures' };
    const property = world.property('copy-differs', { verifyCopy: async ({ done }) => ({ buckets: 0, rows: 0, mismatches: [mismatch, mismatch], done, isLast: true }) });
    await assert.rejects((await start(property)).result(), (error: WorkflowFailedError) => /^hour 2019-01-01_11 .* other figures, and 1 more: the copy was dropped, and readers stay where they are/.test(String(error.cause?.message)));
    assert.deepEqual(worked(property), [...filled, 'dropSeriesTable 2']);
  });

  test('a rebuild that is cancelled leaves no table behind', async () => {
    const property = world.property('copy-cancelled', { verifyCopy: untilCancelled });
    const handle = await start(property);
    await eventually(async () => worked(property).includes('verifyCopy 2') || null, 30_000, 'it is verified');
    await handle.cancel();
    await assert.rejects(handle.result(), WorkflowFailedError);
    assert.deepEqual(worked(property), [...filled, 'dropSeriesTable 2']);
  });
});
