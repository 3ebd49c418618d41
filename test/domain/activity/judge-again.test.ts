import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeAgain, settledVolumes, type JudgedDay } from '../../../src/domain/activity/judge-again.ts';
import { judgeDay } from '../../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../../src/domain/calendar/day.ts';

const checks = { badRowShare: 0.05, lowVolumeShare: 0.05, volumeHistoryDays: 5 };
const first = '2011-03-01';
const dayAt = (index: number): Day => addDays(first, index);

/** Takes the days in in this order, each judged against those that are in by then, as a look does. */
function takenIn(rows: readonly number[], order: readonly number[]): JudgedDay[] {
  const days = new Map<Day, JudgedDay>();
  for (const index of order) {
    const counts = { rows: rows[index]!, anonymous: 0, quarantined: 0 };
    const before = [...days.values()].filter(({ day }) => day < dayAt(index)).sort((a, b) => (a.day < b.day ? -1 : 1));
    days.set(dayAt(index), { day: dayAt(index), ...counts, ...judgeDay(dayAt(index), counts, checks, settledVolumes(before)) });
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}
function judged(days: readonly JudgedDay[]): JudgedDay[] {
  const changes = new Map(judgeAgain(days, first, checks).map(({ day, state, reason }) => [day, { state, reason }]));
  return days.map((known) => ({ ...known, ...changes.get(known.day) }));
}

test('a day of 3 % that came in before its past is low in the end, and final days stay', () => {
  const rows = [200, 200, 200, 200, 200, 200, 6, 200];
  const newestFirst = takenIn(rows, [7, 6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(newestFirst.map(({ state }) => state), Array(8).fill('final'));
  assert.deepEqual(judgeAgain(newestFirst, first, checks), [{ day: '2011-03-07', was: 'final', state: 'low-volume', reason: '6 records are 3 % of the usual 200 (limit 5 %)' }]);
});

test('whatever the order in which days came in, they end as if the oldest had come first', () => {
  const world = fc.array(fc.integer({ min: 1, max: 400 }).map((rows) => (rows < 80 ? Math.ceil(rows / 40) : rows)), { minLength: 8, maxLength: 30 })
    .chain((rows) => fc.record({ rows: fc.constant(rows), order: fc.shuffledSubarray(rows.map((_, index) => index), { minLength: rows.length }) }));
  fc.assert(fc.property(world, ({ rows, order }) => {
    const oldestFirst = takenIn(rows, rows.map((_, index) => index));
    assert.deepEqual(judged(takenIn(rows, order)), oldestFirst);
    assert.deepEqual(judgeAgain(oldestFirst, first, checks), [], 'judged once more, nothing changes');
  }), { numRuns: 60 });
});

test('what a person or the source has said stays, and days before the range are only looked back on', () => {
  const days = takenIn([200, 200, 200, 200, 200, 6, 6, 6], [7, 6, 5, 4, 3, 2, 1, 0]).map((known) => (known.day === dayAt(6) ? { ...known, state: 'waived' as const, reason: 'known' } : known));
  assert.deepEqual(judgeAgain(days, dayAt(6), checks).map(({ day }) => day), [dayAt(7)]);
});
