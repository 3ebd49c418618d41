import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { checkBuckets } from '../../activities/rollup/check-buckets.ts';
import { copyBuckets } from '../../activities/rollup/copy-buckets.ts';
import { dropSeriesTable } from '../../activities/rollup/series-tables.ts';
import { bucketsIn, spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { readTotals } from '../../src/main/read-rollups.ts';
import { eventually } from '../stack.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';

const HOUR = '2019-01-01_05';
const MINUTE = '2019-01-01_05-30';
const hour = spanOf(HOUR, 'UTC');
const SECOND = 1 / 86_400;

suite('rows that are gone by age, on the real store', () => {
  let world: RollupWorld;
  // Minutes are kept for a second: their seals stay, and the hours.
  before(async () => { world = await rollupWorld({ everySeconds: 600, shards: 1, retention: { readingDays: 0, minuteDays: SECOND, hourDays: 400 } }); });
  after(() => world.dispose());

  const sealOf = async (property: string, level: Level, bucket: BucketName) => (await world.rollupStore.readSeals(property, level, [bucket]))[0]!; // it is built
  const check = (property: string, level: Level) => inStep(() => checkBuckets(world.plugs)({ property, level, span: hour }));
  const rowsLeft = async (property: string): Promise<number> => Number((await world.cassandra.execute('SELECT count(*) AS rows FROM rollup_buckets WHERE property = ? ALLOW FILTERING', [property])).first()?.rows);

  /** An hour of ten-minute readings, whose minute rows have gone as they will. */
  async function anOldHour(property: string): Promise<void> {
    await world.takeIn(property, readingsIn(hour, world.settings));
    for (const level of ['minute', 'hour'] as const) await world.roll(property, level, HOUR);
    const seals = await world.rollupStore.readSeals(property, 'minute', bucketsIn('minute', hour, 'UTC'));
    const keptUntil = Math.max(...seals.map((seal) => seal.keptUntil));
    assert.ok(keptUntil > 0 && keptUntil <= Date.now() / 1000 + 2, 'the seal says until when');
    await eventually(async () => Date.now() / 1000 > keptUntil, 10_000, 'its time is over');
    for (const seal of seals) await world.rollupStore.dropRows(seal);
  }

  test('a reader is told; no check calls it a mismatch; building the range again does nothing, by force neither', async () => {
    await anOldHour('old');
    const [minute, ofHour] = [await sealOf('old', 'minute', MINUTE), await sealOf('old', 'hour', HOUR)];
    await assert.rejects(readTotals(world.plugs, 'old', MINUTE), { code: 'rollup-gone', message: /^minute 2019-01-01_05-30 of "old" is built, and its rows were kept until \d{4}-\d\d-\d\dT\d\d:\d\dZ: gone by age/ });
    assert.equal((await readTotals(world.plugs, 'old', HOUR)).length, 5);
    for (const level of ['minute', 'hour'] as const) {
      assert.deepEqual((await check('old', level)).mismatches, []);
      assert.deepEqual(await world.roll('old', level, HOUR), { built: 0, revised: 0, read: 0, after: level === 'minute' ? `${HOUR}-59` : HOUR, isLast: true, hasCopies: false });
    }
    await world.roll('old', 'hour', HOUR, [HOUR]);
    assert.deepEqual([await sealOf('old', 'minute', MINUTE), await sealOf('old', 'hour', HOUR), (await readTotals(world.plugs, 'old', HOUR)).length], [minute, ofHour, 5]);
  });

  test('a reading that comes when what its hour was built from is gone is kept aside, and counted', async () => {
    await anOldHour('aside');
    const late = { member: 'member-0001', platform: 'twitter', second: spanOf(MINUTE, 'UTC').from + 7, value: 3 };
    assert.deepEqual(await world.takeIn('aside', [late]), { 'on-time': 0, late: 0, aside: 1 });
    assert.deepEqual([await world.rollupStore.listAsideHours('aside'), await world.rollupStore.countAside('aside', HOUR)], [[HOUR], 1]);
    assert.equal((await world.roll('aside', 'minute', HOUR)).revised, 0);
  });

  test('a minute some of whose readings are gone by age stays what it was of all of them', async () => {
    const { from } = spanOf(MINUTE, 'UTC');
    const reading = (at: number) => ({ member: 'a', platform: 'twitter', second: from + at, value: 1 });
    await world.rollupStore.writeReadings({ property: 'partly', minute: MINUTE, shard: 0 }, [reading(1), reading(2)], 6);
    await world.rollupStore.writeReadings({ property: 'partly', minute: MINUTE, shard: 0 }, [reading(3)], 0);
    const inputs = await world.rollupStore.readInputs({ property: 'partly', minute: MINUTE, shard: 0 });
    await world.roll('partly', 'minute', MINUTE);
    const built = await sealOf('partly', 'minute', MINUTE);
    assert.equal(built.count, 3);
    await eventually(async () => (await world.rollupStore.readInputs({ property: 'partly', minute: MINUTE, shard: 0 })) !== inputs, 15_000, 'two readings are gone');
    assert.equal((await world.roll('partly', 'minute', MINUTE)).revised, 0);
    assert.deepEqual(await sealOf('partly', 'minute', MINUTE), built);
  });

  test('another retention holds for what is built from then on; what was built before goes when it was due', async () => {
    await world.takeIn('changed', readingsIn(hour, world.settings));
    await world.roll('changed', 'minute', MINUTE);
    const retention = world.settings.retention as { minuteDays: number };
    const due = (await sealOf('changed', 'minute', MINUTE)).keptUntil;
    try {
      retention.minuteDays = 0;
      await world.roll('changed', 'minute', HOUR);
      assert.deepEqual([(await sealOf('changed', 'minute', MINUTE)).keptUntil, (await sealOf('changed', 'minute', `${HOUR}-31`)).keptUntil], [due, 0]);
      retention.minuteDays = 30;
      await world.roll('changed', 'minute', `${HOUR}-40`, [`${HOUR}-40`]);
      const { keptUntil } = await sealOf('changed', 'minute', `${HOUR}-40`);
      assert.ok(Math.abs(keptUntil - Date.now() / 1000 - 30 * 86_400) < 120);
    } finally {
      retention.minuteDays = SECOND;
    }
  });

  test('a copy follows: what is gone by age is neither copied nor missed, and its rows go as those of the bucket do', async () => {
    await anOldHour('copied');
    const key = { property: 'copied', copy: await world.seriesStore.openCopy('copied', 'one', 1) };
    await world.seriesStore.ensureTable(key);
    await world.seriesStore.turnTo(key, { buckets: 0, rows: 0 }, 1);
    await assert.rejects(dropSeriesTable(world.plugs)(key), { code: 'bad-argument', message: /^copy 1 of "copied" is read/ });
    const copy = (level: Level) => inStep(() => copyBuckets(world.plugs)({ property: 'copied', level, span: hour, copy: null, from: null }));
    assert.deepEqual([(await copy('minute')).copied, (await copy('hour')).copied], [0, 1]);
    const { keptUntil } = await sealOf('copied', 'hour', HOUR);
    const left = Number((await world.cassandra.execute(`SELECT TTL(sum) AS left FROM series_copied_1 WHERE level = 'hour' AND member = 'member-0001' AND period = '2019-01'`)).first()?.left);
    assert.ok(Math.abs(left - 600 - (keptUntil - Date.now() / 1000)) < 120, `${left} s`);
  });

  test('rows of a revision that was overtaken are dropped, also when their builder was killed before it did', async () => {
    // What has to outlive the test: of a minute that is gone by age, late readings go aside.
    const retention = world.settings.retention as { minuteDays: number };
    retention.minuteDays = 30;
    try {
      const roll = () => world.roll('overtaken', 'minute', MINUTE);
      const late = (value: number) => ({ member: 'member-0001', platform: 'twitter', second: spanOf(MINUTE, 'UTC').from + value, value });
      await world.takeIn('overtaken', readingsIn(spanOf(MINUTE, 'UTC'), world.settings));
      await roll();
      const one = await rowsLeft('overtaken');
      await world.takeIn('overtaken', [late(3)]);
      await roll();
      assert.equal(await rowsLeft('overtaken'), one);
      await world.takeIn('overtaken', [late(4)]);
      const { dropRows } = world.rollupStore;
      world.rollupStore.dropRows = async (key) => {
        // After the seal, and before the rows of the revision before are dropped.
        if ((await sealOf('overtaken', 'minute', MINUTE)).revision === 3) throw new Error('killed');
        await dropRows(key);
      };
      await assert.rejects(roll(), { message: 'killed' });
      world.rollupStore.dropRows = dropRows;
      assert.equal(await rowsLeft('overtaken'), 2 * one);
      assert.equal((await roll()).revised, 0);
      assert.deepEqual([await rowsLeft('overtaken'), (await sealOf('overtaken', 'minute', MINUTE)).revision], [one, 3]);
    } finally {
      retention.minuteDays = SECOND;
    }
  });
});
