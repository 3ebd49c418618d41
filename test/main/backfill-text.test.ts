import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedLines, sentenceOf } from '../../src/main/cli/follow-backfill.ts';
import type { BackfillProgress } from '../../workflows/messages.ts';

const progress: BackfillProgress = {
  total: 1300, done: 1300, rows: 5000, deciding: null,
  failed: [{ day: '2026-03-05', state: 'missing', sentence: 'it is missing' }], failedDays: 1201,
  failedWeeks: [{ week: '2026-W10', phase: 'failed', sentence: 'out of memory' }], failedWeekCount: 3,
};

test('a backfill says how many failed beyond those it names', () => {
  assert.deepEqual(failedLines(progress), ['  2026-03-05 missing: it is missing', '  and 1,200 more']);
  assert.equal(sentenceOf(progress), '99 of 1300 days are in, 5,000 events; 1201 failed; weeks that failed: 2026-W10 and 2 more');
});

test('a day that its source may still bring is neither in nor failed', () => {
  assert.equal(sentenceOf({ ...progress, failed: [], failedDays: 0, failedWeeks: [], failedWeekCount: 0, notDueDays: 1 }), '1299 of 1300 days are in, 5,000 events; 1 not there yet');
});

test('the progress of an older run names all that it knows', () => {
  const { failedDays: _, failedWeekCount: __, ...older } = progress;
  assert.deepEqual(failedLines(older), ['  2026-03-05 missing: it is missing']);
  assert.equal(sentenceOf(older), '1299 of 1300 days are in, 5,000 events; 1 failed; weeks that failed: 2026-W10');
});
