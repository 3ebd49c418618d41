import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { rollBuckets } from '../../activities/rollup/roll-buckets.ts';
import { bucketAt, LEVELS, bucketsIn, spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { inStep } from '../in-step.ts';
import { tweetVolume } from '../tweet-volume.ts';
import { rollupWorld, type RollupWorld } from '../rollup-world.ts';

const property = 'tweets';

suite('a real series of tweet volume, on the real store', () => {
  const series = tweetVolume('UPS');
  const all = [...new Set(series.map(({ second }) => bucketAt('day', second, 'UTC')))];
  // The first and the last, which are not whole, and one between them.
  const days = [all[0]!, all[1]!, all.at(-1)!]; // there are 55
  const readings = series.filter(({ second }) => days.includes(bucketAt('day', second, 'UTC')));
  let world: RollupWorld;
  before(async () => { world = await rollupWorld({ platforms: ['twitter'], everySeconds: 300, shards: 1, firstDay: days[0]! }); }); // there are three
  after(() => world.dispose());

  /** The same minutes by the older definition: hours and days are built again. */
  async function meansOfMeans(level: Level, day: BucketName): Promise<void> {
    const plugs = { ...world.plugs, rollupSettingsOf: () => ({ ...world.settings, semantics: 'mean-of-means' as const }) };
    const span = spanOf(day, 'UTC');
    await inStep(() => rollBuckets(plugs)({ property, level, span, after: null, again: bucketsIn(level, span, 'UTC') }));
  }
  async function sumsAndMean(level: Level, day: BucketName): Promise<{ sum: number; count: number; mean: number | undefined }> {
    const seals = await world.rollupStore.readSeals(property, level, bucketsIn(level, spanOf(day, 'UTC'), 'UTC'));
    const [row] = level === 'day' && seals[0] ? await rowsOf(world.plugs, seals[0]) : [];
    return { sum: seals.reduce((total, { sum }) => total + sum, 0), count: seals.reduce((total, { count }) => total + count, 0), mean: row?.mean };
  }

  test('its sums are the same at every level, and means of means differ on the first and the last day alone', async () => {
    await world.takeIn(property, readings);
    const differing: BucketName[] = [];
    for (const day of days) {
      const values = readings.filter(({ second }) => bucketAt('day', second, 'UTC') === day).map(({ value }) => value);
      const [sum, count] = [values.reduce((total, value) => total + value, 0), values.length];
      const means: number[] = [];
      for (const build of [(level: Level) => world.rollSpan(property, level, spanOf(day, 'UTC')), (level: Level) => (level === 'minute' ? undefined : meansOfMeans(level, day))]) {
        for (const level of LEVELS) {
          await build(level);
          const stored = await sumsAndMean(level, day);
          assert.deepEqual([stored.sum, stored.count], [sum, count], `${level} of ${day}`);
          if (stored.mean !== undefined) means.push(stored.mean);
        }
      }
      const [exact = Number.NaN, older = Number.NaN] = means;
      assert.ok(Math.abs(exact - sum / count) < 1e-9);
      if (!(Math.abs(exact - older) <= 1e-9)) differing.push(day);
    }
    assert.deepEqual(differing, [days[0], days[2]]);
  });
});
