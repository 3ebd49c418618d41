import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { pinned, trained } from './canned-steps.ts';
import { ALL_STAGES, DAYS, EXTRACT, startWeek, TRAIN } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { CheckVerdict } from '../../src/domain/check.ts';
import type { Override } from '../../src/domain/release/release.ts';
import type { Activities } from '../../activities/index.ts';

suite('a check of the week that fails', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const sentence = 'week 2026-W10 of p stops before training: missing-feature: value_7d is 0 for 100 % of the 400 people to score';
  const live = { revision: 1, address: 'http://endpoint', modelId: 'm1', scored: 5 };
  const checks: CheckVerdict[] = [{ check: 'one-class', level: 'warn', sentence: 'few' }, { check: 'missing-feature', level: 'fail', sentence: 'gone' }, { check: 'zero-labels', level: 'ok', sentence: null }];
  /** Trains only where somebody overrides. */
  const trainModels: Activities['trainModels'] = async ({ overrideChecks }) => {
    if (!overrideChecks) throw ApplicationFailure.create({ message: sentence, type: 'check-failed', nonRetryable: true });
    return { ...trained, checks, overrides: [{ what: 'check missing-feature (gone)', ...overrideChecks }] };
  };

  test('stops before training, says so, and what was live stays live', async () => {
    const week = await startWeek(world, 'check-failed', { openWeek: async () => ({ nextRevision: 2, live, isRetired: false }), trainModels });
    await week.once('serving');
    assert.deepEqual(await week.rerun({ from: 'extract', requestId: 'again' }), { revision: 2 });
    const status = await week.once((now) => now.sentence.startsWith('revision 2 failed'));
    assert.deepEqual([status.phase, status.live, status.sentence], ['serving', live, `revision 2 failed: ${sentence}`]);
    assert.deepEqual(await week.stepsOfRevision(2), [...DAYS, ...EXTRACT, ...TRAIN]);
    assert.deepEqual(week.inputs('notifyPeople').map(({ kind }) => kind), ['failed']);
  });

  test('is overridden with a reason, which goes to the release beside those of waived days, and is in the status', async () => {
    const waived: Override = { what: 'day 2026-03-08', reason: 'the shop was closed', by: null };
    const week = await startWeek(world, 'check-overridden', { trainModels, pinDays: async () => ({ ...pinned, waived: [waived] }) });
    await week.once('failed');
    await assert.rejects(week.rerun({ from: 'train', requestId: 'why', overrideChecks: { reason: ' ', by: 'ada' } }));
    await week.rerun({ from: 'train', requestId: 'because', overrideChecks: { reason: 'the till was new', by: 'ada' } });
    const { last } = await week.once((status) => status.live?.revision === 2);
    const overrides = [{ what: 'check missing-feature (gone)', reason: 'the till was new', by: 'ada' }, waived];
    assert.deepEqual(week.inputs('trainModels').map(({ overrideChecks }) => overrideChecks), [null, { reason: 'the till was new', by: 'ada' }]);
    assert.deepEqual(week.inputs('stageBuilt').map((input) => input.overrides), [overrides]);
    assert.deepEqual([last?.overrides, last?.checks?.map(({ check, level }) => `${check} ${level}`)], [overrides, ['missing-feature fail', 'one-class warn']]);
    assert.deepEqual(await week.stepsOfRevision(2), ALL_STAGES);
  });
});
