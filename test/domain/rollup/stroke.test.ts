import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bucketsIn, LEVELS, parseName, secondName } from '../../../src/domain/rollup/bucket-name.ts';
import { arrivalOf } from '../../../src/domain/rollup/lateness.ts';
import { strokeAt } from '../../../src/domain/rollup/stroke.ts';

const strokeOf = (time: string, zone = 'UTC') => {
  const { closes, spans } = strokeAt(Date.parse(time), zone);
  const [span] = spans.minute;
  for (const [other] of [spans.hour, spans.day]) assert.ok(other === undefined || other === span);
  return [closes, LEVELS.filter((level) => spans[level].length === 1).join(' '), secondName(span!.from).slice(0, 16), secondName(span!.to).slice(0, 16)]; // each stroke closes minutes
};

suite('the clock of rollups', () => {
  test('a minute closes itself, the first of an hour closes the hour too, and midnight the day before', () => {
    assert.deepEqual(strokeOf('2019-01-02T12:34:00Z'), ['minute', 'minute', '2019-01-02_12-33', '2019-01-02_12-34']);
    assert.deepEqual(strokeOf('2019-01-02T12:34:41Z'), ['minute', 'minute', '2019-01-02_12-33', '2019-01-02_12-34']);
    assert.deepEqual(strokeOf('2019-01-02T12:00:00Z'), ['hour', 'minute hour', '2019-01-02_11-00', '2019-01-02_12-00']);
    assert.deepEqual(strokeOf('2019-01-02T00:00:00Z'), ['day', 'minute hour day', '2019-01-01_00-00', '2019-01-02_00-00']);
  });

  test('a day of 23 or 25 hours is closed at its own midnight, with all its hours', () => {
    const hours = (time: string): number => bucketsIn('hour', strokeAt(Date.parse(time), 'Europe/London').spans.hour[0]!, 'Europe/London').length;
    assert.deepEqual([hours('2019-04-01T00:00:00+01:00'), hours('2019-10-28T00:00:00Z'), hours('2019-10-29T00:00:00Z')], [23, 25, 24]);
    assert.equal(strokeOf('2019-07-02T00:00:00Z', 'Europe/London')[0], 'hour', 'midnight in UTC is an hour like others there');
  });

  test('where a day has no midnight its first hour closes the day before', () => {
    assert.deepEqual(strokeOf('2023-04-28T01:00:00+03:00', 'Africa/Cairo').slice(0, 2), ['day', 'minute hour day']);
  });

  test('over a night that changes the clocks every minute is closed by exactly one stroke, and every hour and day', () => {
    const zone = 'Europe/London';
    const [from, to] = [Date.parse('2019-03-30T00:00:00Z'), Date.parse('2019-04-01T23:00:00Z')];
    const closed = new Map<string, number>();
    for (let at = from + 60_000; at <= to; at += 60_000) {
      const { closes, spans } = strokeAt(at, zone);
      for (const bucket of bucketsIn(closes, spans[closes][0]!, zone)) closed.set(bucket, (closed.get(bucket) ?? 0) + 1);
    }
    const counts = Map.groupBy([...closed.keys()], (bucket) => parseName(bucket, zone).level);
    assert.deepEqual([...closed.values()].filter((times) => times !== 1), []);
    // A stroke is named by what it closes: the last minute of an hour by its hour, the last hour of a day by its day.
    assert.deepEqual(['minute', 'hour', 'day'].map((level) => counts.get(level as 'day')?.length), [71 * 59, 71 - 3, 3]);
  });
});

suite('a reading that comes late', () => {
  const rule = { isBuilt: true, begins: 0, closedUntil: 10_000, allowedLatenessSeconds: 3600 };
  test('is on time while its minute is open, late inside the allowed lateness, and aside after it', () => {
    assert.equal(arrivalOf(60, { ...rule, isBuilt: false }), 'on-time');
    assert.deepEqual([6400, 6399].map((ends) => arrivalOf(ends, rule)), ['late', 'aside']);
  });
  test('of a time before the first day goes aside: no minute of it is ever built', () => {
    assert.deepEqual([7200, 7260].map((ends) => arrivalOf(ends, { ...rule, isBuilt: false, begins: 7200 })), ['aside', 'on-time']);
  });
});
