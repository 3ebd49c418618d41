import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, dayOf, daysBetween, daysFromTo, formatInstant, parseDay, startOfDay, weekdayOf } from '../../../src/domain/calendar/day.ts';
import { cutOf } from '../../../src/domain/calendar/week.ts';

const HOUR_US = 3_600_000_000;

function hoursOf(day: string, timeZone: string): number {
  return (startOfDay(addDays(day, 1), timeZone) - startOfDay(day, timeZone)) / HOUR_US;
}

test('a day has 23 hours when clocks go forward and 25 when they go back', () => {
  assert.equal(hoursOf('2011-03-27', 'Europe/London'), 23);
  assert.equal(hoursOf('2011-10-30', 'Europe/London'), 25);
  assert.equal(hoursOf('2011-10-31', 'Europe/London'), 24);
  assert.equal(hoursOf('2026-03-08', 'America/New_York'), 23);
  assert.equal(hoursOf('2026-11-01', 'America/New_York'), 25);
});

test('a day without midnight begins at its first moment', () => {
  // On 2018-11-04 clocks in São Paulo went from 23:59:59 to 01:00 (UTC−2).
  const start = startOfDay('2018-11-04', 'America/Sao_Paulo');
  assert.equal(formatInstant(start), '2018-11-04T03:00:00Z');
  assert.equal(hoursOf('2018-11-04', 'America/Sao_Paulo'), 23);
  assert.equal(dayOf(start, 'America/Sao_Paulo'), '2018-11-04');
  assert.equal(dayOf(start - 1, 'America/Sao_Paulo'), '2018-11-03');
});

test('an hour that happens twice stays inside its day', () => {
  // On 2018-02-18 at 00:00 clocks in São Paulo went back to 23:00 of the 17th.
  const start = startOfDay('2018-02-18', 'America/Sao_Paulo');
  assert.equal(formatInstant(start), '2018-02-18T03:00:00Z');
  assert.equal(hoursOf('2018-02-17', 'America/Sao_Paulo'), 25);
});

test('the cut of a week is local midnight in summer time as in winter time', () => {
  assert.equal(formatInstant(cutOf('2011-W21', 'Europe/London')), '2011-05-29T23:00:00Z');
  assert.equal(formatInstant(cutOf('2011-W47', 'Europe/London')), '2011-11-28T00:00:00Z');
});

test('only real calendar days are days', () => {
  assert.equal(parseDay('2024-02-29'), '2024-02-29');
  for (const text of ['2023-02-29', '2023-13-01', '2023-1-1', '20230101', '2023-01-01T00:00', 'today']) assert.throws(() => parseDay(text), RangeError, text);
});

test('days are counted on the calendar, over a change of clocks too', () => {
  assert.equal(daysBetween('2011-03-26', '2011-03-28'), 2);
  assert.equal(addDays('2011-03-28', -2), '2011-03-26');
  assert.deepEqual(daysFromTo('2011-12-31', '2012-01-01'), ['2011-12-31', '2012-01-01']);
  assert.deepEqual(daysFromTo('2012-01-01', '2011-12-31'), []);
  assert.deepEqual([weekdayOf('2011-12-05'), weekdayOf('2011-12-11')], [1, 7]);
});
