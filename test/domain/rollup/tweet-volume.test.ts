import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { bucketAt, parentOf, type Level } from '../../../src/domain/rollup/bucket-name.ts';
import { rowsOfBuckets, rowsOfReadings, type BucketRow } from '../../../src/domain/rollup/bucket-rows.ts';
import { sumsOf } from '../../../src/domain/rollup/seal.ts';
import { tweetVolume } from '../../tweet-volume.ts';
import type { Semantics } from '../../../src/domain/rollup/bucket.ts';
import { columnsOf, type Reading } from '../../../src/domain/rollup/reading.ts';

const SUMS = { AAPL: 1_360_453, FB: 282_006, GOOG: 328_506, UPS: 86_570 } as const;

function minutesOf(readings: readonly Reading[]): Map<string, BucketRow[]> {
  const minutes = Map.groupBy(readings, ({ second }) => bucketAt('minute', second, 'UTC'));
  return new Map([...minutes].map(([name, ofMinute]) => {
    const rows = rowsOfReadings();
    rows.add(columnsOf(ofMinute));
    return [name, rows.rows()];
  }));
}

function levelAbove(level: Level, buckets: ReadonlyMap<string, readonly BucketRow[]>, semantics: Semantics): Map<string, BucketRow[]> {
  const groups = Map.groupBy(buckets, ([name]) => parentOf(level, name, 'UTC')?.name ?? '');
  return new Map([...groups].map(([name, children]) => {
    const rows = rowsOfBuckets(semantics);
    for (const [, child] of children) rows.add(child);
    return [name, rows.rows()];
  }));
}

suite('real series of tweet volume', () => {
  for (const [company, sum] of Object.entries(SUMS)) {
    test(`${company}: its sum is the same at every level, and means of means differ on the first and last day alone`, () => {
      const readings = tweetVolume(company);
      const minutes = minutesOf(readings);
      const [exact, older] = (['exact', 'mean-of-means'] as const).map((semantics) => {
        const hours = levelAbove('minute', minutes, semantics);
        return { hours, days: levelAbove('hour', hours, semantics) };
      }) as [{ hours: Map<string, BucketRow[]>; days: Map<string, BucketRow[]> }, { hours: Map<string, BucketRow[]>; days: Map<string, BucketRow[]> }];
      for (const level of [minutes, exact.hours, exact.days, older.days]) assert.deepEqual([sumsOf([...level.values()].flat()).sum, sumsOf([...level.values()].flat()).count], [sum, readings.length]);
      const differing = [...exact.days].filter(([day, [row]]) => {
        const other = older.days.get(day)?.[0];
        return Math.abs((other?.mean ?? Number.NaN) - (row?.mean ?? Number.NaN)) > 1e-9;
      });
      assert.deepEqual(differing.map(([day]) => day), [[...exact.days.keys()][0], [...exact.days.keys()].at(-1)]);
    });
  }
});
