import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bucketAt, bucketsIn, joinedSpans, parentOf, parseName, periodOf, secondName, spanOf } from '../../../src/domain/rollup/bucket-name.ts';

const at = (text: string): number => Date.parse(text) / 1000;

suite('names of buckets', () => {
  test('a second is in a minute, an hour and a day, each named in UTC by one part less', () => {
    const second = at('2019-01-01T12:34:00Z');
    assert.equal(secondName(second), '2019-01-01_12-34-00');
    assert.deepEqual((['minute', 'hour', 'day'] as const).map((level) => bucketAt(level, second, 'UTC')), ['2019-01-01_12-34', '2019-01-01_12', '2019-01-01']);
    assert.deepEqual([parentOf('minute', '2019-01-01_12-34', 'UTC'), parentOf('hour', '2019-01-01_12', 'UTC'), parentOf('day', '2019-01-01', 'UTC')],
      [{ level: 'hour', name: '2019-01-01_12' }, { level: 'day', name: '2019-01-01' }, null]);
    assert.deepEqual([periodOf('minute', '2019-01-01_12-34'), periodOf('hour', '2019-01-01_12'), periodOf('day', '2019-01-01')], ['2019-01-01_12', '2019-01-01', '2019-01']);
  });

  test('a name says its level and its half-open span', () => {
    const from = at('2019-01-01T12:34:00Z');
    assert.deepEqual(parseName('2019-01-01_12-34-56', 'UTC'), { level: 'second', span: { from: from + 56, to: from + 57 } });
    assert.deepEqual(parseName('2019-01-01_12-34', 'UTC'), { level: 'minute', span: { from, to: from + 60 } });
    assert.deepEqual(parseName('2019-01-01_12', 'UTC'), { level: 'hour', span: { from: at('2019-01-01T12:00:00Z'), to: at('2019-01-01T13:00:00Z') } });
    assert.deepEqual(parseName('2019-01-01', 'UTC'), { level: 'day', span: { from: at('2019-01-01T00:00:00Z'), to: at('2019-01-02T00:00:00Z') } });
  });

  test('what is no name is refused, with what was expected', () => {
    for (const wrong of ['2019-1-1', '2019-01-01_', '2019-01-01T12', '2019-02-30', '2019-01-01_24', '2019-01-01_12-60', '2019-01-01_12-34-60', '2019-01-01_12-34-56-78', '']) assert.throws(() => parseName(wrong, 'UTC'), RangeError, wrong);
    assert.throws(() => parseName('2019-03-31+01-00', 'Europe/London'), /another offset than Europe\/London on that day; expected 2019-03-31\+00-00/);
  });

  test('local days carry the offset of their first instant, and have 23, 24 or 25 hours', () => {
    const days = bucketsIn('day', { from: at('2019-03-30T00:00:00Z'), to: at('2019-04-01T23:00:00Z') }, 'Europe/London');
    assert.deepEqual(days, ['2019-03-30+00-00', '2019-03-31+00-00', '2019-04-01+01-00']);
    const hours = (day: string, zone: string): number => bucketsIn('hour', spanOf(day, zone), zone).length;
    assert.deepEqual(days.map((day) => hours(day, 'Europe/London')), [24, 23, 24]);
    assert.equal(hours('2019-10-27+01-00', 'Europe/London'), 25);
    assert.equal(hours('2019-10-27', 'Europe/London'), 25, 'the offset may be left out');
    assert.equal(bucketAt('day', at('2019-07-01T23:30:00Z'), 'Europe/London'), '2019-07-02+01-00');
    assert.equal(bucketAt('day', at('2019-07-01T02:30:00Z'), 'America/New_York'), '2019-06-30-04-00');
    for (const day of bucketsIn('day', { from: at('2019-01-01T05:00:00Z'), to: at('2020-01-01T05:00:00Z') }, 'America/New_York')) assert.equal(bucketAt('day', spanOf(day, 'America/New_York').from, 'America/New_York'), day);
  });

  test('a zone that is half an hour off is refused: a day is made of hours in UTC', () => {
    assert.throws(() => bucketAt('day', at('2019-07-01T00:00:00Z'), 'Asia/Kolkata'), /05-30 from UTC in Asia\/Kolkata; expected whole hours/);
  });

  test('spans that touch or overlap are one', () => {
    assert.deepEqual(joinedSpans([{ from: 60, to: 120 }, { from: 0, to: 60 }, { from: 180, to: 240 }, { from: 190, to: 200 }]), [{ from: 0, to: 120 }, { from: 180, to: 240 }]);
    assert.deepEqual(joinedSpans([]), []);
  });

  test('only whole buckets of a span are in it', () => {
    assert.deepEqual(bucketsIn('hour', { from: at('2019-01-01T00:00:01Z'), to: at('2019-01-01T03:59:59Z') }, 'UTC'), ['2019-01-01_01', '2019-01-01_02']);
    assert.equal(bucketsIn('minute', spanOf('2019-01-01', 'UTC'), 'UTC').length, 1440);
  });
});
