import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOfReadings } from '../../../src/domain/rollup/bucket.ts';
import { bucketsIn, LEVELS, spanOf } from '../../../src/domain/rollup/bucket-name.ts';
import { contentOf, nextSeal } from '../../../src/domain/rollup/seal.ts';
import { copyMismatch, NOTHING_COPIED, periodAt, periodsIn, periodSpan, withRow } from '../../../src/domain/rollup/series-copy.ts';

test('every bucket of a long span begins in exactly one of its periods, at each level', () => {
  const span = { from: spanOf('2019-11-30', 'UTC').from, to: spanOf('2020-03-01', 'UTC').to };
  for (const level of LEVELS) {
    const periods = periodsIn(level, span);
    const spans = periods.map(periodSpan);
    for (const [at, { to }] of spans.entries()) if (at + 1 < spans.length) assert.equal(to, spans[at + 1]?.from, level);
    const found = periods.flatMap((period) => bucketsIn(level, periodSpan(period), 'UTC').filter((bucket) => periodAt(level, spanOf(bucket, 'UTC').from) === period));
    assert.deepEqual(found.filter((bucket) => spanOf(bucket, 'UTC').from >= span.from && spanOf(bucket, 'UTC').to <= span.to), bucketsIn(level, span, 'UTC'));
  }
  assert.deepEqual(periodsIn('hour', { from: 0, to: 0 }), []);
  assert.deepEqual(periodSpan('2020-02'), { from: spanOf('2020-02-01', 'UTC').from, to: spanOf('2020-02-29', 'UTC').to });
});

test('a copy equals a bucket in whatever order its rows are read; another value, a row less and an earlier build are named', () => {
  const row = (member: string, ...values: number[]) => ({ member, platform: 'x', ...bucketOfReadings(values) });
  const rows = [row('a', 1, 2), row('b', 0.1, 0.7), row('c', -3)];
  const bucket = '2019-01-01_05';
  const seal = nextSeal({ property: 'p', level: 'hour', bucket, shard: 0 }, 'i', contentOf(rows, bucket, { platforms: ['x'], everySeconds: 60, timeZone: 'UTC' }), null);
  const copied = (of: typeof rows) => of.reduce(withRow, NOTHING_COPIED);
  const mark = { checksum: seal.checksum, digest: copied(rows).digest };
  assert.equal(copyMismatch(3, seal, mark, copied(rows.toReversed())), null);
  const sentence = (of: typeof rows, said: typeof mark | null = mark) => copyMismatch(3, seal, said ?? undefined, copied(of))?.sentence;
  assert.match(sentence(rows.slice(1))!, /^hour 2019-01-01_05 \(shard 0\) holds a sum of .* over 3 readings in 2 rows of copy 3, and was sealed with a sum of .* over 5 readings in 3$/); // it is one
  assert.match(sentence([{ ...rows[0]!, max: 9 }, ...rows.slice(1)])!, /; another value of a row differs$/); // there are three
  assert.match(sentence([{ ...rows[0]!, sum: 4 }, ...rows.slice(1)])!, /holds a sum of 1\.7/); // there are three
  assert.match(sentence(rows, { ...mark, checksum: 'of before' })!, /is of an earlier build in copy 3$/);
  assert.match(sentence([], null)!, /is not in copy 3$/);
});
