import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addDays, daysFromTo, dayOf } from '../../../../src/domain/calendar/day.ts';
import { ga4Property } from '../../../google/ga4-property.ts';
import type { Ga4Row } from '../../../google/ga4-schema.ts';

const options = { seed: 7, timeZone: 'Europe/Berlin', firstDay: '2025-10-20', days: 60, visitors: 400 };
const bytes = (rows: readonly Ga4Row[]): string => JSON.stringify(rows, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

suite('the invented property', () => {
  test('the same seed gives the same bytes, day by day in any order; another seed gives others', () => {
    const [one, other] = [ga4Property(options), ga4Property(options)];
    const days = daysFromTo('2025-10-20', '2025-11-03');
    const forwards = days.map((day) => bytes(one.rowsOf(day)));
    const backwards = days.toReversed().map((day) => bytes(other.rowsOf(day))).toReversed();
    assert.deepEqual(backwards, forwards);
    assert.notEqual(bytes(ga4Property({ ...options, seed: 8 }).rowsOf('2025-10-25')), forwards[5]);
  });

  test('every row lies on its day, also on the day of 25 hours, and nobody comes before the first or after the last day', () => {
    const { rowsOf, visitors } = ga4Property(options);
    const lives = new Map(visitors.map((visitor) => [visitor.pseudoId, visitor]));
    for (const day of daysFromTo('2025-10-24', '2025-10-28')) {
      for (const row of rowsOf(day)) {
        assert.equal(dayOf(row.event_timestamp as number, 'Europe/Berlin'), day);
        if (row.user_pseudo_id === null) continue;
        const visitor = lives.get(row.user_pseudo_id as string);
        assert.ok(visitor && visitor.firstDay <= day && day <= visitor.lastDay);
      }
    }
  });

  test('who likes the site less leaves sooner: the rule of churn is in the data', () => {
    const { visitors } = ga4Property({ ...options, visitors: 2000 });
    const left = (from: number, to: number): number => {
      const some = visitors.filter(({ liking }) => liking >= from && liking < to);
      return some.filter(({ firstDay, lastDay }) => lastDay < addDays(firstDay, 28)).length / some.length;
    };
    // Four weeks: 1 − (1 − 0.30 · (1 − liking)² − 0.005)⁴, averaged over the range of liking.
    assert.ok(Math.abs(left(0, 0.2) - 0.67) < 0.08, String(left(0, 0.2)));
    assert.ok(Math.abs(left(0.8, 1) - 0.035) < 0.03, String(left(0.8, 1)));
  });
});
