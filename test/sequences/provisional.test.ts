import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { finalRequestId } from '../../src/domain/release/week-status.ts';
import { pinned } from './canned-steps.ts';
import { ALL_STAGES, startWeek, WEEK, type TestWeek } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { ProvisionalLook } from '../../activities/week/look-at-provisional.ts';
import type { Activities } from '../../activities/index.ts';

suite('a week of which days may still change', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const days = ['2026-03-07', '2026-03-08'];
  const waiting: ProvisionalLook = { found: 'waiting', waitingFor: days.map((day) => ({ day, state: 'provisional' })) };
  const changed: ProvisionalLook = { found: 'changed', reason: 'day 2026-03-08 changed' };

  /** Steps of a week whose first revision reads two provisional days, and whose looks at them end one after the other like this; the last goes on. */
  function provisional(looks: readonly ProvisionalLook[], steps: Partial<Activities> = {}): Partial<Activities> {
    let looked = 0;
    return {
      pinDays: async ({ revision }) => (revision === 1 ? { ...pinned, provisional: days } : pinned),
      lookAtProvisional: async () => looks[Math.min(looked++, looks.length - 1)]!, // never empty
      ...steps,
    };
  }
  const live = (week: TestWeek, revision: number) => week.once((status) => status.live?.revision === revision);
  const dayFinal = (week: TestWeek) => week.handle.signal('dayFinal', { day: days[0]! });

  test('it serves marked, looks when a day becomes final, and is built once more, from the rows on, when all are', async () => {
    const week = await startWeek(world, 'provisional', provisional([waiting, changed]));
    const first = await week.once(({ waitingFor }) => waitingFor.length === 2);
    assert.deepEqual([first.phase, first.live?.revision, first.live?.isProvisional], ['serving', 1, true]);
    assert.equal(first.sentence, 'logistic is better than the baseline. It is provisional: 2 of its days may still change; it becomes final by itself when all are.');
    await dayFinal(week);
    const second = await live(week, 2);
    assert.deepEqual([second.live?.isProvisional, second.waitingFor, second.sentence], [undefined, [], 'logistic is better than the baseline.']);
    await dayFinal(week);
    await dayFinal(week);
    assert.deepEqual(await week.rerun({ from: 'extract', requestId: finalRequestId(1) }), { revision: 2 }, 'the wish is known by its name');
    assert.deepEqual(week.inputs('planExtract').map(({ revision, isForced }) => [revision, isForced]), [[1, false], [2, true]]);
    assert.deepEqual(await week.story(), [
      'openWeek', 'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled', 'lookAtProvisional', 'timer 3600 s', 'signal dayFinal', 'timer cancelled', 'lookAtProvisional',
      'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled', 'signal dayFinal', 'signal dayFinal', 'update rerun',
    ]);
    assert.deepEqual(await week.stepsOfRevision(2), ALL_STAGES);
  });

  test('final as they were read, the days only take the mark away', async () => {
    const week = await startWeek(world, 'same-days', provisional([{ found: 'same' }]));
    const status = await week.once((now) => now.live !== null && now.live.isProvisional === undefined);
    assert.deepEqual([status.live?.revision, status.sentence], [1, 'logistic is better than the baseline. Its days are final as they were read.']);
    assert.deepEqual(week.inputs('markFinal').map(({ week: of, revision }) => [of, revision]), [[WEEK, 1]]);
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled', 'lookAtProvisional', 'markFinal']);
  });

  test('a build that fails is not tried for ever: what was live stays, provisional', async () => {
    const week = await startWeek(world, 'fails-when-final', provisional([changed], {
      planExtract: async ({ revision }) => {
        if (revision === 2) throw ApplicationFailure.nonRetryable('no rows train', 'check-failed');
        return { inputHash: 'e', atOnce: 2, needsPopulation: false, reused: null };
      },
    }));
    const { live: still, phase } = await week.once(({ sentence }) => sentence.startsWith('revision 2 failed'));
    assert.deepEqual([phase, still?.revision, still?.isProvisional], ['serving', 1, true]);
    await dayFinal(week);
    assert.deepEqual(await week.rerun({ from: 'train', requestId: 'mended' }), { revision: 3 });
    await live(week, 3);
    assert.equal(week.inputs('lookAtProvisional').length, 1);
  });

  test('a week whose sequence is gone goes on where the store says: provisional, not built again on Monday', async () => {
    const opened = { nextRevision: 2, live: { revision: 1, address: 'http://endpoint', modelId: 'm1', scored: 3, isProvisional: true as const }, isRetired: false };
    const week = await startWeek(world, 'found-provisional', provisional([changed], { openWeek: async () => opened }));
    await live(week, 2);
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtProvisional', 'lookAtDays', 'timer 21600 s', 'child revision', 'timer cancelled']);
  });
});
