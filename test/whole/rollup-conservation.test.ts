import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { aggregateDays } from '../../activities/rollup/aggregate-days.ts';
import { checkBuckets } from '../../activities/rollup/check-buckets.ts';
import { findLate } from '../../activities/rollup/find-late.ts';
import { planRecompute } from '../../activities/rollup/plan-recompute.ts';
import { LEVELS, spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { accountsOf, gamesOf } from '../../src/domain/rollup/generator.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';

const DAY = '2019-01-01';
const day = spanOf(DAY, 'UTC');

suite('what does not add up, what came late, and totals by category, on the real store', () => {
  let world: RollupWorld;
  before(async () => {
    world = await rollupWorld({ everySeconds: 600, shards: 1 });
  });
  after(() => world.dispose());

  /** A whole day of a property of its own, at every level. */
  async function aDay(property: string): Promise<void> {
    await world.takeIn(property, readingsIn(day, world.settings));
    for (const level of LEVELS) await world.rollSpan(property, level, day);
  }
  const check = (property: string, level: Level, over: BucketName) => inStep(() => checkBuckets(world.plugs)({ property, level, span: spanOf(over, 'UTC') }));
  const late = (property: string) => inStep(() => findLate(world.plugs)({ property }));
  const aggregate = (property: string) => inStep(() => aggregateDays(world.plugs)({ property, span: day }));
  const sealOf = async (property: string, level: Level, bucket: BucketName) => (await world.rollupStore.readSeals(property, level, [bucket]))[0]!; // it is built
  async function flip(property: string, level: Level, bucket: BucketName, column: string): Promise<void> {
    const { inputs } = await sealOf(property, level, bucket);
    const key = [property, level, bucket, 0, inputs, 'member-0002', 'twitter'];
    const where = 'property = ? AND level = ? AND bucket = ? AND shard = ? AND inputs = ? AND member = ? AND platform = ?';
    const value = Number((await world.cassandra.execute(`SELECT ${column} FROM rollup_buckets WHERE ${where}`, key)).first()?.[column]);
    await world.cassandra.execute(`UPDATE rollup_buckets SET ${column} = ? WHERE ${where}`, [value + 1, ...key]);
  }

  test('a day adds up at every level; one stored value that is off by 1 is named, never built upon, and built again', async () => {
    await aDay('flipped');
    for (const level of ['minute', 'hour', 'day'] as const) assert.deepEqual((await check('flipped', level, DAY)).mismatches, [], level);
    for (const [level, bucket, column] of [['minute', '2019-01-01_03-10', 'sum'], ['hour', '2019-01-01_04', 'max'], ['day', DAY, 'count']] as const) {
      const revision = (await sealOf('flipped', level, bucket)).revision;
      await flip('flipped', level, bucket, column);
      const { mismatches } = await check('flipped', level, DAY);
      assert.deepEqual(mismatches.map((mismatch) => [mismatch.level, mismatch.bucket]), [[level, bucket]]);
      if (level === 'minute') await assert.rejects(world.roll('flipped', 'hour', '2019-01-01_03', ['2019-01-01_03']), { code: 'rollup-mismatch', message: /^minute 2019-01-01_03-10 \(shard 0\) holds a sum of/ });
      if (level === 'day') await assert.rejects(aggregate('flipped'), { code: 'rollup-mismatch' });
      await world.roll('flipped', level, bucket, [bucket]);
      assert.deepEqual((await check('flipped', level, DAY)).mismatches, []);
      assert.equal((await sealOf('flipped', level, bucket)).revision, revision, 'the same content is the same revision');
    }
    assert.deepEqual((await aggregate('flipped')).days, [DAY]);
  });

  test('what came late is found with its hour and day, and only they are read to build them again', async () => {
    await aDay('late');
    assert.deepEqual(await late('late'), { spans: { minute: [], hour: [], day: [] }, days: [] });
    await world.takeIn('late', [{ platform: 'twitter', member: 'member-0002', second: spanOf('2019-01-01_07-25', 'UTC').from, value: 9 }]);
    const hour = [spanOf('2019-01-01_07', 'UTC')];
    assert.deepEqual(await late('late'), { spans: { minute: [spanOf('2019-01-01_07-25', 'UTC')], hour, day: [day] }, days: [day] });
    const minutes = await world.rollSpan('late', 'minute', day);
    const hours = await world.rollSpan('late', 'hour', day);
    const days = await world.rollSpan('late', 'day', day);
    // One reading of its minute; six minutes of ten rows and one of one; 24 hours of ten rows.
    assert.deepEqual([minutes, hours, days].map(({ revised, read }) => [revised, read]), [[1, 1], [1, 61], [1, 240]]);
    assert.deepEqual(await late('late'), { spans: { minute: [], hour: [], day: [] }, days: [day] });
    assert.deepEqual([(await world.rollSpan('late', 'minute', day)).read, (await world.rollSpan('late', 'hour', day)).read, (await world.rollSpan('late', 'day', day)).read], [0, 0, 0]);
  });

  test('a range by hand is its level and what is built above it, from the first day on', async () => {
    await world.roll('range', 'minute', '2019-01-01_00');
    await world.roll('range', 'hour', '2019-01-01_00');
    const plan = (level: Level, from: string, to: string) => planRecompute(world.plugs)({ property: 'range', level, from, to });
    const [first, second] = [spanOf('2019-01-01_00', 'UTC'), spanOf('2019-01-01_01', 'UTC')];
    assert.deepEqual(await plan('minute', '2019-01-01_00-30', '2019-01-01_01'), { minute: [{ from: first.from + 1800, to: second.to }], hour: [first], day: [] });
    assert.deepEqual(await plan('hour', '2018-12-31', DAY), { minute: [], hour: [day], day: [] });
    await assert.rejects(plan('hour', '2019-01-01_00-30', DAY), { code: 'bad-argument', message: '"2019-01-01_00-30" is the name of a minute; expected a hour or more' });
    await assert.rejects(plan('day', '2018-12-01', '2018-12-31'), { code: 'bad-argument', message: /which begins on 2019-01-01/ });
  });

  test('totals by category are those of a built day, are made once, and again when the day or its members change', async () => {
    const made = { seed: 7, members: 5, platforms: world.settings.platforms, firstDay: DAY, days: 2 };
    await world.plugs.categoryStore.writeGames('categories', gamesOf(made));
    await world.plugs.categoryStore.writeAccounts('categories', accountsOf(made));
    assert.deepEqual((await aggregate('categories')).days, [], 'a day that is not built has none');
    await aDay('categories');
    assert.deepEqual(await aggregate('categories'), { days: [DAY], read: 10 });
    assert.deepEqual(await aggregate('categories'), { days: [], read: 0 });
    const seal = await sealOf('categories', 'day', DAY);
    const before = await world.plugs.categoryStore.readDay('categories', DAY);
    for (const category of ['game', 'genre', 'console', 'language']) {
      const rows = before!.rows.filter((row) => row.category === category); // it was made above
      assert.deepEqual([rows.reduce((sum, row) => sum + row.sum, 0), rows.reduce((sum, row) => sum + row.count, 0), rows.reduce((sum, { members }) => sum + members, 0)], [seal.sum, seal.count, 5]);
      assert.deepEqual(rows.map(({ rank }) => rank), rows.map(({ rank }) => rank).toSorted((a, b) => a - b));
    }
    await world.plugs.categoryStore.writeAccounts('categories', [{ member: 'member-0000', from: '2019-01-02', language: 'xx', game: 'chess' }]);
    assert.deepEqual((await aggregate('categories')).days, [], 'what holds from the next day on changes nothing of this one');
    await world.plugs.categoryStore.writeAccounts('categories', [{ member: 'member-0000', from: DAY, language: 'xx', game: 'chess' }]);
    assert.deepEqual((await aggregate('categories')).days, [DAY]);
    const after = await world.plugs.categoryStore.readDay('categories', DAY);
    assert.deepEqual(after?.rows.filter(({ value }) => value === 'xx').map(({ members }) => members), [1]);
    assert.equal((await world.cassandra.execute('SELECT count(*) AS rows FROM rollup_categories WHERE property = ? AND day = ? AND inputs = ?', ['categories', DAY, before!.inputs])).first()?.rows?.toString(), '0', 'totals of before are gone');
  });
});
