import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { accepted, pinned } from './canned-steps.ts';
import { ACCEPT, ALL_STAGES, DAYS, EXTRACT, PUBLISH, SCORE, startWeek, TRAIN, type TestWeek } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { Activities } from '../../activities/index.ts';

suite('a model that a person must agree with', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const manual: Partial<Activities> = { pinDays: async () => ({ ...pinned, approval: 'manual' }) };
  const ann = { requestId: 'decision', reason: 'looked at the report', by: 'ann' };
  const decisions = (week: TestWeek): unknown[] => week.inputs('acceptModel').map(({ override }) => (override as { decision: string } | null)?.decision ?? null);
  const DECIDED_TWICE = [...DAYS, ...EXTRACT, ...TRAIN, ...ACCEPT, ...ACCEPT, ...SCORE, ...PUBLISH];

  for (const decision of ['approve', 'reject'] as const) {
    test(`waits, tells people, and goes on when somebody says ${decision}`, async () => {
      const week = await startWeek(world, `waits-${decision}`, manual);
      const waiting = await week.once('awaiting-approval');
      assert.match(waiting.sentence, /It waits for approval: npx almanac week approve/);
      await week.once(() => week.inputs('notifyPeople').length === 1);
      assert.deepEqual(await week.stepsOfRevision(1), [...DAYS, ...EXTRACT, ...TRAIN, ...ACCEPT]);
      assert.deepEqual(await week.update(decision, ann), { revision: 1 });
      const status = await week.once('serving');
      assert.equal(status.last?.outcome, decision === 'approve' ? 'approved-by-person' : 'rejected-by-person');
      assert.deepEqual(await week.stepsOfRevision(1), DECIDED_TWICE);
      assert.deepEqual(decisions(week), [null, decision]);
      assert.deepEqual(week.inputs('acceptModel')[1]?.override, { decision, reason: ann.reason, by: ann.by });
      assert.deepEqual(await week.update(decision, ann), { revision: 1 }, 'the same decision again is the same');
    });
  }

  test('a model that serves already is not asked about again', async () => {
    const week = await startWeek(world, 'approved-before', manual);
    await week.once('awaiting-approval');
    await week.update('approve', ann);
    await week.once('serving');
    assert.deepEqual(await week.rerun({ from: 'publish', requestId: 'again' }), { revision: 2 });
    await week.once((now) => now.live?.revision === 2);
    assert.deepEqual(decisions(week), [null, 'approve', null]);
  });

  test('a model that the gate refuses waits for nobody', async () => {
    const week = await startWeek(world, 'manual-refused', { ...manual, acceptModel: async () => ({ ...accepted, outcome: 'rejected' }) });
    await week.once('serving');
    assert.deepEqual(await week.stepsOfRevision(1), ALL_STAGES);
  });

  test('a model that serves is rejected by a revision from the gate on', async () => {
    const week = await startWeek(world, 'rejected-later');
    await week.once('serving');
    assert.deepEqual(await week.update('reject', ann), { revision: 2 });
    const status = await week.once((now) => now.live?.revision === 2);
    assert.equal(status.last?.outcome, 'rejected-by-person');
    assert.deepEqual(decisions(week), [null, 'reject']);
  });

  test('a week that waits for approval can be retired', async () => {
    const week = await startWeek(world, 'waits-retired', manual);
    await week.once('awaiting-approval');
    assert.deepEqual(await week.update('retire', { reason: 'enough', by: 'ann' }), { retired: true });
    assert.deepEqual(await week.handle.result(), { phase: 'retired' });
    assert.equal((await week.revisionHandle(1).describe()).status.name, 'CANCELLED');
  });
});
