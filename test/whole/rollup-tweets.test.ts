import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rowsOf } from '../../activities/rollup/build-bucket.ts';
import { bucketAt, LEVELS, bucketsIn, spanOf, type BucketName } from '../../src/domain/rollup/bucket-name.ts';
import { tweetVolume } from '../tweet-volume.ts';
import { rollupWorld, type RollupWorld } from '../rollup-world.ts';
import type { Semantics } from '../../src/domain/rollup/bucket.ts';

suite('a real series of tweet volume, on the real store', () => {
  const worlds: RollupWorld[] = [];
  const series = tweetVolume('UPS');
  const all = [...new Set(series.map(({ second }) => bucketAt('day', second, 'UTC')))];
  // The first, which is not whole, and the last, and those beside them.
  const days = [...all.slice(0, 2), ...all.slice(-2)];
  before(async () => {
    for (const semantics of ['exact', 'mean-of-means'] as const) worlds.push(await rollupWorld({ platforms: ['twitter'], everySeconds: 300, shards: 1, firstDay: all[0]!, semantics }));
  });
  after(() => Promise.all(worlds.map((world) => world.dispose())));

  async function meansOf(world: RollupWorld, semantics: Semantics): Promise<Map<BucketName, number>> {
    const readings = series.filter(({ second }) => days.includes(bucketAt('day', second, 'UTC')));
    const means = new Map<BucketName, number>();
    await world.takeIn(semantics, readings);
    for (const day of days) {
      const ofDay = readings.filter(({ second }) => bucketAt('day', second, 'UTC') === day);
      for (const level of LEVELS) {
        await world.rollSpan(semantics, level, spanOf(day, 'UTC'));
        const seals = await world.rollupStore.readSeals(semantics, level, bucketsIn(level, spanOf(day, 'UTC'), 'UTC'));
        const sums = seals.reduce((total, { sum, count }) => ({ sum: total.sum + sum, count: total.count + count }), { sum: 0, count: 0 });
        assert.deepEqual(sums, { sum: ofDay.reduce((sum, { value }) => sum + value, 0), count: ofDay.length }, `${level} of ${day}`);
        const [row] = level === 'day' && seals[0] ? await rowsOf(world.plugs, seals[0]) : [];
        if (row) means.set(day, row.mean);
      }
    }
    return means;
  }

  test('its sums are the same at every level, and means of means differ on the first and the last day alone', async () => {
    const [exact, older] = await Promise.all((['exact', 'mean-of-means'] as const).map((semantics, at) => meansOf(worlds[at]!, semantics))) as [Map<BucketName, number>, Map<BucketName, number>]; // one for each
    assert.deepEqual([...exact.keys()], days);
    assert.deepEqual(days.filter((day) => Math.abs((exact.get(day) ?? 0) - (older.get(day) ?? 0)) > 1e-9), [days[0], days.at(-1)]);
  });
});
