import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { hashText } from '../../../src/domain/hash.ts';
import { bucketOfReadings, merge, rolledUp, type Bucket } from '../../../src/domain/rollup/bucket.ts';
import { rowsOfBuckets, rowsOfReadings } from '../../../src/domain/rollup/bucket-rows.ts';
import { columnsOf } from '../../../src/domain/rollup/reading.ts';
import { contentOf, inputsOf, nextSeal } from '../../../src/domain/rollup/seal.ts';
import { totalsOf } from '../../../src/domain/rollup/total.ts';

const seed = Number(process.env['ALMANAC_TEST_SEED'] ?? randomInt(2 ** 31));
console.log(`property tests of buckets: ALMANAC_TEST_SEED=${seed}`);
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void => fc.assert(fc.property(arbitrary, property), { seed });

const values = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 20 });
const minutes = fc.array(values, { minLength: 1, maxLength: 12 });
const withoutMinutes = (bucket: Bucket): Bucket => ({ ...bucket, minutes: 0 });

suite('buckets', () => {
  test('merging is associative, so hours and days are the same from any pieces', () => {
    check(fc.tuple(values, values, values), (parts) => {
      const [a, b, c] = parts.map(bucketOfReadings) as [Bucket, Bucket, Bucket];
      assert.deepEqual(merge(merge(a, b), c), merge(a, merge(b, c)));
    });
  });

  test('a bucket rolled up is that of all its readings at once; with means of means its mean is the mean of the means', () => {
    check(minutes, (parts) => {
      const children = parts.map(bucketOfReadings);
      const whole = bucketOfReadings(parts.flat());
      assert.deepEqual(withoutMinutes(rolledUp(children, 'exact')), withoutMinutes(whole));
      const older = rolledUp(children, 'mean-of-means');
      assert.equal(older.mean, children.reduce((sum, { mean }) => sum + mean, 0) / children.length);
      assert.deepEqual({ ...older, mean: whole.mean }, { ...whole, minutes: parts.length });
    });
  });

  test('rows are the same however the readings are cut into pieces, and from buckets as from their readings', () => {
    const reading = fc.record({ member: fc.constantFrom('a', 'b', 'ü', '😀'), platform: fc.constantFrom('x', 'y'), second: fc.integer({ min: 0, max: 179 }), value: fc.integer({ min: 0, max: 1000 }) });
    check(fc.tuple(fc.array(reading, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 7 })), ([readings, piece]) => {
      const order = (member: string): number => ['a', 'b', 'ü', '😀'].indexOf(member);
      const sorted = readings.toSorted((a, b) => order(a.member) - order(b.member) || (a.platform < b.platform ? -1 : a.platform > b.platform ? 1 : a.second - b.second));
      const rowsOf = (some: typeof readings) => {
        const collected = rowsOfReadings();
        for (let at = 0; at < some.length; at += piece) collected.add(columnsOf(some.slice(at, at + piece)));
        return collected.rows();
      };
      const hour = rowsOfBuckets('exact');
      for (const minute of [0, 1, 2]) hour.add(rowsOf(sorted.filter(({ second }) => Math.floor(second / 60) === minute)));
      const bare = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => ({ ...row, minutes: 0 }));
      assert.deepEqual(bare(hour.rows()), bare(rowsOf(sorted)));
      for (const row of hour.rows()) assert.equal(row.minutes, new Set(readings.filter(({ member, platform }) => member === row.member && platform === row.platform).map(({ second }) => Math.floor(second / 60))).size);
    });
  });
});

suite('totals over platforms', () => {
  const row = (member: string, platform: string, value: number, minutesSeen = 60) => ({ member, platform, ...bucketOfReadings([value]), minutes: minutesSeen });
  const expected = { platforms: ['x', 'y'], everySeconds: 1, timeZone: 'UTC' };

  test('the sum of what is there, flagged where a platform or some of its minutes are missing', () => {
    const totals = totalsOf([row('a', 'x', 10), row('a', 'y', 5), row('b', 'x', 7), row('c', 'x', 1), row('c', 'y', 2, 30)], '2019-01-01_12', expected);
    assert.deepEqual(totals.map(({ member, mean, missing, completeness, isComplete }) => [member, mean, missing, completeness, isComplete]), [
      ['a', 15, [], 1, true], ['b', 7, ['y'], 0.5, false], ['c', 3, [], 0.75, false],
    ]);
  });

  test('what is due every five minutes is complete with twelve minutes of an hour, on a day of 23 hours with 276', () => {
    const every = { ...expected, platforms: ['x'], everySeconds: 300 };
    assert.equal(totalsOf([row('a', 'x', 1, 12)], '2019-01-01_12', every)[0]?.isComplete, true);
    assert.equal(totalsOf([row('a', 'x', 1, 276)], '2019-03-31', { ...every, timeZone: 'Europe/London' })[0]?.isComplete, true);
    assert.equal(totalsOf([row('a', 'x', 1, 276)], '2019-03-30', { ...every, timeZone: 'Europe/London' })[0]?.isComplete, false);
  });

  test('a seal counts the members of whom something is missing, and its revision grows only with its content', () => {
    const key = { property: 'p', level: 'hour', bucket: '2019-01-01_12', shard: 0 } as const;
    const content = contentOf([row('a', 'x', 10), row('a', 'y', 5), row('b', 'x', 7)], key.bucket, expected);
    assert.deepEqual([content.rows, content.members, content.partial, content.sum, content.count], [3, 2, 1, 22, 3]);
    const first = nextSeal(key, 'i1', content, null);
    assert.deepEqual([first.revision, nextSeal(key, 'i2', content, first).revision], [1, 1]);
    for (const change of [{ sum: 11 }, { max: 11 }, { first: 9 }, { minutes: 59 }]) {
      assert.equal(nextSeal(key, 'i2', contentOf([{ ...row('a', 'x', 10), ...change }, row('a', 'y', 5), row('b', 'x', 7)], key.bucket, expected), first).revision, 2, JSON.stringify(change));
    }
  });

  test('a bucket has no inputs while one below it is not built, and others when one below it changed', () => {
    const seals = new Map([['m1', { checksum: 'a' }], ['m2', { checksum: 'b' }]]);
    const inputs = inputsOf(['m1', 'm2'], 'exact', (bucket) => seals.get(bucket));
    assert.equal(inputs, hashText('m1 a\nm2 b').slice(0, 32), 'as ever: nothing is built again because the code is newer');
    assert.notEqual(inputsOf(['m1', 'm2'], 'mean-of-means', (bucket) => seals.get(bucket)), inputs);
    assert.equal(inputsOf(['m1', 'm2', 'm3'], 'exact', (bucket) => seals.get(bucket)), null);
    seals.set('m2', { checksum: 'c' });
    assert.notEqual(inputsOf(['m1', 'm2'], 'exact', (bucket) => seals.get(bucket)), inputs);
  });
});
