import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { bucketsIn, levelBelow, spanOf, type Level } from '../../../src/domain/rollup/bucket-name.ts';
import { rowsOfBuckets, rowsOfReadings, type BucketRow } from '../../../src/domain/rollup/bucket-rows.ts';
import { isConserved, levelsMismatch, rowsMismatch } from '../../../src/domain/rollup/conservation.ts';
import { checksumOf, contentOf, nextSeal, sumsOf, type Seal } from '../../../src/domain/rollup/seal.ts';
import { addDays } from '../../../src/domain/calendar/day.ts';
import { columnsOf, LARGEST_VALUE, type Reading } from '../../../src/domain/rollup/reading.ts';

const expected = { platforms: ['x', 'y'], everySeconds: 600, timeZone: 'UTC' };
const DAYS = 30;

/** Buckets of all levels of one day, built as the steps build them, with values that doubles cannot hold exactly. */
function dayOfFractions(day: string, random: ReturnType<typeof xoroshiro128plus>): Map<string, { rows: BucketRow[]; seal: Seal }> {
  const built = new Map<string, { rows: BucketRow[]; seal: Seal }>();
  const build = (level: Level, bucket: string, rows: BucketRow[]): void => {
    built.set(bucket, { rows, seal: nextSeal({ property: 'p', level, bucket, shard: 0 }, 'inputs', contentOf(rows, bucket, expected), null) });
  };
  for (const minute of bucketsIn('minute', spanOf(day, 'UTC'), 'UTC')) {
    const second = spanOf(minute, 'UTC').from;
    const rows = rowsOfReadings();
    if (second % 600 === 0) rows.add(columnsOf(['a', 'b', 'c'].flatMap((member) => ['x', 'y'].flatMap((platform) => [0, 30].map((later): Reading => ({ member, platform, second: second + later, value: uniformInt(random, -10_000_000, 10_000_000) / 1000 }))))));
    build('minute', minute, rows.rows());
  }
  for (const level of ['hour', 'day'] as const) for (const bucket of bucketsIn(level, spanOf(day, 'UTC'), 'UTC')) {
    const rows = rowsOfBuckets('exact');
    for (const child of bucketsIn(levelBelow(level)!, spanOf(bucket, 'UTC'), 'UTC')) rows.add(built.get(child)!.rows); // each was built above
    build(level, bucket, rows.rows());
  }
  return built;
}

const storedOf = (rows: readonly BucketRow[]) => ({ ...sumsOf(rows), checksum: checksumOf(rows) });

suite('conservation', () => {
  test('30 days of fractions raise no false alarm, between rows and seals and between levels', () => {
    const random = xoroshiro128plus(11);
    for (let at = 0; at < DAYS; at += 1) {
      const day = addDays('2019-01-01', at);
      const built = dayOfFractions(day, random);
      for (const { rows, seal } of built.values()) {
        assert.equal(rowsMismatch(storedOf(rows), seal), null);
        const below = levelBelow(seal.level);
        if (below !== null) assert.equal(levelsMismatch(seal, bucketsIn(below, spanOf(seal.bucket, 'UTC'), 'UTC').map((child) => built.get(child)!.seal)), null); // each was built above
      }
    }
  });

  test('one stored row that is off by 1 is named by its bucket, whichever of its values it is', () => {
    const built = dayOfFractions('2019-01-01', xoroshiro128plus(12));
    for (const bucket of ['2019-01-01_04-20', '2019-01-01_04', '2019-01-01']) {
      const { rows, seal } = built.get(bucket)!;
      for (const value of ['sum', 'count', 'min', 'max', 'first', 'last', 'mean', 'minutes'] as const) {
        const flipped = rows.map((row, at) => (at === 1 ? { ...row, [value]: row[value] + 1 } : row));
        const mismatch = rowsMismatch(storedOf(flipped), seal);
        assert.equal(mismatch?.bucket, bucket, value);
        assert.match(mismatch.sentence, new RegExp(`${bucket} \\(shard 0\\) holds a sum of`));
      }
      assert.equal(rowsMismatch(storedOf(rows.slice(1)), seal)?.bucket, bucket, 'a row that is gone');
      for (const figure of ['sum', 'count', 'rows'] as const) assert.equal(rowsMismatch(storedOf(rows), { ...seal, [figure]: seal[figure] + 1 })?.bucket, bucket, `${figure} of the seal`);
    }
  });

  test('a bucket that is not the sum of those below it is named', () => {
    const built = dayOfFractions('2019-01-01', xoroshiro128plus(13));
    const hours = bucketsIn('hour', spanOf('2019-01-01', 'UTC'), 'UTC').map((hour) => built.get(hour)!.seal);
    const { seal } = built.get('2019-01-01')!;
    assert.equal(levelsMismatch(seal, hours), null);
    assert.match(levelsMismatch(seal, hours.slice(1))?.sentence ?? '', /^day 2019-01-01 \(shard 0\) holds a sum of .* and the 23 buckets below it /);
  });

  test('whole numbers must be equal, fractions to the rounding of their additions', () => {
    const thousands = { rows: 3, count: 9, magnitude: 9000 };
    assert.equal(isConserved({ sum: 2 ** 52, count: 9 }, { sum: 2 ** 52 + 1, count: 9 }, { ...thousands, magnitude: 2 ** 52 + 1 }), false);
    assert.equal(isConserved({ sum: 0.1 + 0.2, count: 9 }, { sum: 0.3, count: 9 }, thousands), true);
    assert.equal(isConserved({ sum: 0.3, count: 9 }, { sum: 0.3001, count: 9 }, thousands), false);
    assert.equal(isConserved({ sum: 0.3, count: 9 }, { sum: 0.3 + 1e-9, count: 9 }, thousands), false);
    assert.equal(isConserved({ sum: 5, count: 2 }, { sum: 5, count: 3 }, thousands), false);
  });

  test('whole numbers beyond those that doubles count one by one are rounded as well: large readings raise no false alarm, what is lost of them does', () => {
    const random = xoroshiro128plus(14);
    const members = Array.from({ length: 50 }, (_, at) => `m${at}`);
    const minutes = bucketsIn('minute', spanOf('2019-01-01_04', 'UTC'), 'UTC').map((bucket) => {
      const rows = rowsOfReadings();
      const { from } = spanOf(bucket, 'UTC');
      rows.add(columnsOf(members.flatMap((member) => Array.from({ length: 60 }, (_, at): Reading => ({ member, platform: 'x', second: from + at, value: uniformInt(random, 90_000_000, 110_000_000) * 1000 + uniformInt(random, 0, 999) })))));
      return { rows: rows.rows(), seal: nextSeal({ property: 'p', level: 'minute', bucket, shard: 0 }, 'inputs', contentOf(rows.rows(), bucket, expected), null) };
    });
    const rows = rowsOfBuckets('exact');
    for (const minute of minutes) rows.add(minute.rows);
    const hour = nextSeal({ property: 'p', level: 'hour', bucket: '2019-01-01_04', shard: 0 }, 'inputs', contentOf(rows.rows(), '2019-01-01_04', expected), null);
    const below = minutes.map(({ seal }) => seal);
    assert.notEqual(hour.sum, below.reduce((sum, seal) => sum + seal.sum, 0), 'they do round');
    assert.equal(levelsMismatch(hour, below), null);
    assert.notEqual(levelsMismatch({ ...hour, sum: hour.sum + 1e11 }, below), null, 'one reading more');
  });

  test('the largest readings there may be add up to a sum that is a number, of whatever sign', () => {
    const sums = { sum: 3.6e12 * LARGEST_VALUE, count: 3.6e12 };
    assert.equal(isConserved(sums, { ...sums, sum: sums.sum * (1 + 2 ** -52) }, { rows: 1e8, count: sums.count, magnitude: sums.sum }), true);
    assert.equal(isConserved(sums, { ...sums, sum: -sums.sum }, { rows: 1e8, count: sums.count, magnitude: sums.sum }), false);
  });
});
