import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ingestId, reconcileId } from '../../src/domain/release/ids.ts';
import { outcome } from './canned-steps.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';
import type { Activities } from '../../activities/index.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';

suite('one look at a day', () => {
  const day = '2026-03-02';
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  async function look(path: string, steps: Partial<Activities> = {}) {
    const property = world.property(path, steps);
    const handle = await world.client.workflow.start('ingest', { workflowId: ingestId(property, day), taskQueue: world.taskQueue, args: [{ property, day }] });
    const [end] = await Promise.allSettled([handle.result() as Promise<DayOutcome>]);
    return { property, end, steps: await world.steps(handle.workflowId) };
  }
  const state = ({ end }: { end: PromiseSettledResult<DayOutcome> }) => (end.status === 'fulfilled' ? end.value.state : assert.fail(String(end.reason)));

  test('takes a day in whole, seals it and tells the weeks that wait', async () => {
    const looked = await look('loaded');
    assert.deepEqual(looked.steps, ['lookAtDay', 'claimDay', 'loadDay', 'sealDay', 'announceDay']);
    assert.equal(state(looked), 'final');
    assert.deepEqual(world.calls(looked.property).find(({ step }) => step === 'loadDay')?.input, { property: looked.property, day, generation: 1, sourceVersion: 'v1' });
  });

  test('a day that is what it was is announced and not written', async () => {
    assert.deepEqual((await look('unchanged', { lookAtDay: async () => ({ found: 'unchanged', outcome }) })).steps, ['lookAtDay', 'announceDay']);
  });

  test('a missing day is written down and announced to nobody', async () => {
    const looked = await look('missing', { lookAtDay: async () => ({ found: 'nothing', state: 'missing', reason: 'no file' }) });
    assert.deepEqual(looked.steps, ['lookAtDay', 'markDay']);
    assert.equal(state(looked), 'missing');
  });

  test('a day that may still come is written down as such, and announced to nobody', async () => {
    const looked = await look('not-due', { lookAtDay: async () => ({ found: 'nothing', state: 'not-due', reason: 'table events_20260302 is due by 2026-03-03T17:00:00Z' }) });
    assert.deepEqual(looked.steps, ['lookAtDay', 'markDay']);
    assert.equal(state(looked), 'not-due');
  });

  test('a closed day is written down and announced', async () => {
    assert.deepEqual((await look('closed', { lookAtDay: async () => ({ found: 'nothing', state: 'closed', reason: 'the calendar says so' }) })).steps, ['lookAtDay', 'markDay', 'announceDay']);
  });

  test('a provisional day is taken in and announced to nobody', async () => {
    assert.deepEqual((await look('provisional', { sealDay: async () => ({ ...outcome, state: 'provisional' }) })).steps, ['lookAtDay', 'claimDay', 'loadDay', 'sealDay']);
  });

  const found = { found: 'rows', sourceVersion: 'v1', mappingHash: 'h1', bytes: 100, finality: 'final', seen: 0, reconciles: true } as const;
  const storyOfDay = (property: string) => world.story(ingestId(property, day));

  test('a final day of a source with a report is compared with it, beside the day and not before it', async () => {
    const looked = await look('reconciled', { lookAtDay: async () => found });
    assert.deepEqual(await storyOfDay(looked.property), ['lookAtDay', 'claimDay', 'loadDay', 'sealDay', 'child reconcile', 'announceDay']);
    const child = world.client.workflow.getHandle(reconcileId(looked.property, day, 1));
    assert.deepEqual(await child.result(), { verdict: 'agrees', sentence: `day ${day} agrees` });
    assert.deepEqual(await world.steps(child.workflowId), ['reconcileDay']);
    assert.deepEqual(world.calls(looked.property).find(({ step }) => step === 'reconcileDay')?.input, { property: looked.property, day, generation: 1 });
  });

  test('a report that does not come, or is being compared already, holds no day up', async () => {
    const never = await look('unreported', { lookAtDay: async () => found, reconcileDay: untilCancelled });
    assert.equal(state(never), 'final');
    const handle = await world.client.workflow.start('ingest', { workflowId: ingestId(never.property, day), taskQueue: world.taskQueue, args: [{ property: never.property, day }] });
    assert.equal((await handle.result() as DayOutcome).state, 'final');
  });

  test('a provisional day is not compared', async () => {
    const looked = await look('not-yet', { lookAtDay: async () => found, sealDay: async () => ({ ...outcome, state: 'provisional' }) });
    assert.deepEqual(await storyOfDay(looked.property), ['lookAtDay', 'claimDay', 'loadDay', 'sealDay']);
  });

  test('rows that cannot be read are written down as such', async () => {
    const looked = await look('unreadable', { loadDay: async () => ({ end: 'unreadable', reason: '9 of 10 rows are bad' }) });
    assert.deepEqual(looked.steps, ['lookAtDay', 'claimDay', 'loadDay', 'markDay']);
    assert.equal(state(looked), 'bad-rows');
  });

  test('a generation that is sealed already is not loaded again', async () => {
    assert.deepEqual((await look('sealed', { claimDay: async () => ({ generation: 1, isSealed: true }) })).steps, ['lookAtDay', 'claimDay', 'sealDay', 'announceDay']);
  });

  test('a source that changes while it is read is looked at again', async () => {
    let loads = 0;
    const looked = await look('changed-once', { loadDay: async () => (loads++ === 0 ? { end: 'changed' } : { end: 'loaded', position: 10, rows: 10, anonymous: 0, quarantined: 0, checksum: '0' }) });
    assert.deepEqual(looked.steps, ['lookAtDay', 'claimDay', 'loadDay', 'lookAtDay', 'claimDay', 'loadDay', 'sealDay', 'announceDay']);
  });

  test('a day that somebody else moved on meanwhile is looked at again', async () => {
    let seals = 0;
    const looked = await look('overtaken', { sealDay: async () => (seals++ === 0 ? null : outcome) });
    assert.deepEqual(looked.steps, ['lookAtDay', 'claimDay', 'loadDay', 'sealDay', 'lookAtDay', 'claimDay', 'loadDay', 'sealDay', 'announceDay']);
  });

  test('after five looks at a source that never rests it gives up and says what to do', async () => {
    const looked = await look('never-rests', { loadDay: async () => ({ end: 'changed' }) });
    assert.deepEqual(looked.steps, Array.from({ length: 5 }, () => ['lookAtDay', 'claimDay', 'loadDay']).flat());
    const reason = looked.end.status === 'rejected' ? (looked.end.reason as Error).cause : undefined;
    assert.match(String(reason), /changed during each of 5 looks; ingest it again when it is quiet/);
  });
});
