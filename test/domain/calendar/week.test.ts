import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, daysFromTo } from '../../../src/domain/calendar/day.ts';
import { addWeeks, cutDayOf, daysOf, firstDayOf, lastDayOf, parseWeek, tableSuffixOf, weekOf, weeksFromTo } from '../../../src/domain/calendar/week.ts';

test('a day near New Year belongs to the ISO week of its Thursday', () => {
  const expected: Record<string, string> = { '2018-12-31': '2019_01', '2021-01-03': '2020_53', '2024-12-30': '2025_01' };
  for (const [day, suffix] of Object.entries(expected)) assert.equal(tableSuffixOf(weekOf(day)), suffix, day);
});

test('the seven days around New Year 2027 are week 53 of 2026', () => {
  const days = daysFromTo('2026-12-28', '2027-01-03');
  assert.deepEqual([...new Set(days.map((day) => tableSuffixOf(weekOf(day))))], ['2026_53']);
  assert.deepEqual(daysOf('2026-W53'), days);
  assert.equal(firstDayOf('2026-W53'), '2026-12-28');
  assert.equal(lastDayOf('2026-W53'), '2027-01-03');
  assert.equal(cutDayOf('2026-W53'), '2027-01-04');
});

test('week 53 is a week only in years that have one', () => {
  assert.equal(parseWeek('2026-W53'), '2026-W53');
  assert.equal(parseWeek('2020-W53'), '2020-W53');
  assert.throws(() => parseWeek('2025-W53'), /"2025-W53" does not exist: 2025 has 52 ISO weeks/);
  for (const text of ['2026-W00', '2026-W54', '2026-W7', '2026_07', '2026-47', '']) assert.throws(() => parseWeek(text), RangeError, text);
});

test('walking week by week over week 53 meets every week once', () => {
  assert.deepEqual(weeksFromTo('2026-W52', '2027-W02'), ['2026-W52', '2026-W53', '2027-W01', '2027-W02']);
  assert.equal(addWeeks('2026-W53', 1), '2027-W01');
  assert.equal(addWeeks('2027-W01', -1), '2026-W53');
  assert.equal(addWeeks('2024-W52', 1), '2025-W01');
});

test('every day of ten years is inside the week it names', () => {
  for (let day = '2018-01-01'; day < '2028-01-01'; day = addDays(day, 1)) {
    const week = weekOf(day);
    assert.ok(firstDayOf(week) <= day && day <= lastDayOf(week), `${day} in ${week}`);
    assert.equal(parseWeek(week), week);
  }
});
