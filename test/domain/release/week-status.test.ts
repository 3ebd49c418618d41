import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isReadable, type DayState } from '../../../src/domain/activity/manifest.ts';
import { checkRerun, finalRequestId, isStuck, needsPerson, servingSentence } from '../../../src/domain/release/week-status.ts';

suite('weeks from days that may still change', () => {
  const states: readonly DayState[] = ['final', 'provisional', 'closed', 'waived', 'not-due', 'missing', 'empty', 'bad-rows', 'low-volume', 'unknown-people', 'missing-events', 'renamed-event'];

  test('the policy decides about provisional days and about no others', () => {
    const readable = (policy: 'final' | 'provisional') => states.filter((state) => isReadable(state, policy));
    assert.deepEqual(readable('final'), ['final', 'closed', 'waived']);
    assert.deepEqual(readable('provisional'), ['final', 'provisional', 'closed', 'waived']);
  });

  test('a day that comes or becomes final by itself needs nobody, and every other that holds a week does', () => {
    const stuck = states.filter((state) => !isReadable(state, 'final') && isStuck({ day: '2026-03-08', state }));
    assert.deepEqual(stuck, ['missing', 'empty', 'bad-rows', 'low-volume', 'unknown-people', 'missing-events', 'renamed-event']);
    assert.equal(needsPerson({ phase: 'waiting', waitingFor: [{ day: '2026-03-08', state: 'not-due' }] }), false);
    assert.equal(needsPerson({ phase: 'waiting', waitingFor: [{ day: '2026-03-08', state: 'missing' }] }), true);
  });

  test('a week says how many of its days may still change, and nothing where none may', () => {
    const quality = { recipe: 'logistic', auc: 0.7, baseline: 'days-since-last', baselineAuc: 0.6, sentence: 'Accepted.' };
    assert.equal(servingSentence({ quality }), 'Accepted.');
    assert.equal(servingSentence({ quality, provisionalDays: 1 }), 'Accepted. It is provisional: one of its days may still change; it becomes final by itself when all are.');
    assert.match(servingSentence({ quality, provisionalDays: 4 }), /: 4 of its days may still change/);
  });

  test('the wish to build it again is named for the release it follows, and may be made by hand too', () => {
    assert.equal(finalRequestId(1), finalRequestId(1));
    assert.notEqual(finalRequestId(1), finalRequestId(2));
    assert.doesNotThrow(() => checkRerun({ from: 'extract', requestId: finalRequestId(12) }));
  });
});
