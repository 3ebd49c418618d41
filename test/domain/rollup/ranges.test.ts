import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { bucketsIn, LEVELS, spanOf, type Level } from '../../../src/domain/rollup/bucket-name.ts';
import { bucketsPerJob, bucketsPerStep, rangesOf } from '../../../src/domain/rollup/ranges.ts';

const day = spanOf('2019-01-01', 'UTC');

suite('ranges of a level', () => {
  test('a stroke of a small rollup is one step: a minute, an hour with its minutes, a day', () => {
    const hour = spanOf('2019-01-01_05', 'UTC');
    for (const shards of [1, 4]) for (const [level, span] of [['minute', spanOf('2019-01-01_05-01', 'UTC')], ['minute', hour], ['hour', hour], ['day', day]] as const) assert.equal(rangesOf({ level, span, shards, timeZone: 'UTC' }), null);
  });

  test('a job is given what its driver can hold: many minutes, fewer hours, fewer still of many shards, and always one', () => {
    assert.deepEqual([bucketsPerJob('minute', 4), bucketsPerJob('hour', 4), bucketsPerJob('hour', 64), bucketsPerJob('day', 64)], [2880, 833, 52, 125]);
    for (const level of LEVELS) assert.ok(bucketsPerJob(level, 100_000) >= 1);
  });

  test('many buckets are ranges of buckets, and many shards of one bucket ranges of its shards', () => {
    const quarter = (day.to - day.from) / 4;
    assert.deepEqual(rangesOf({ level: 'minute', span: day, shards: 4, timeZone: 'UTC' }), [0, 1, 2, 3].map((at) => ({ span: { from: day.from + at * quarter, to: day.from + (at + 1) * quarter }, shards: [0, 4] })));
    assert.deepEqual(rangesOf({ level: 'day', span: day, shards: 20, timeZone: 'UTC' }), [[0, 6], [6, 13], [13, 20]].map((shards) => ({ span: day, shards })));
  });

  test('together they are every shard of every bucket, each once, and never more than 64', () => {
    const work = fc.record({ level: fc.constantFrom<Level>(...LEVELS), hours: fc.integer({ min: 1, max: 24 * 20 }), shards: fc.integer({ min: 1, max: 64 }), timeZone: fc.constantFrom('UTC', 'Europe/London') });
    fc.assert(fc.property(work, ({ level, hours, shards, timeZone }) => {
      const span = { from: spanOf('2019-03-01', timeZone).from, to: spanOf('2019-03-01', timeZone).from + (level === 'minute' ? Math.min(hours, 100) : hours) * 3600 };
      const buckets = bucketsIn(level, span, timeZone);
      const ranges = rangesOf({ level, span, shards, timeZone });
      if (ranges === null) return assert.ok(buckets.length <= bucketsPerStep(level, shards));
      assert.ok(ranges.length > 1 && ranges.length <= 64, `${ranges.length} ranges`);
      const seen = ranges.flatMap((range) => bucketsIn(level, range.span, timeZone).flatMap((bucket) => Array.from({ length: range.shards[1] - range.shards[0] }, (_, at) => `${bucket} ${range.shards[0] + at}`)));
      assert.equal(new Set(seen).size, seen.length);
      assert.equal(seen.length, buckets.length * shards);
    }), { seed: 3, numRuns: 40 });
  });
});
