import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { aggregateDays } from '../../activities/rollup/aggregate-days.ts';
import { checkBuckets } from '../../activities/rollup/check-buckets.ts';
import { findLate } from '../../activities/rollup/find-late.ts';
import { planRecompute } from '../../activities/rollup/plan-recompute.ts';
import { bucketAt, bucketsIn, LEVELS, spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { accountsOf, gamesOf } from '../../src/domain/rollup/generator.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';

const DAY = '2019-01-01';
const HOUR = '2019-01-01_03';
const MINUTE = '2019-01-01_03-10';
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
  /** Minutes and hour of one hour of a property of its own. */
  async function anHour(property: string): Promise<void> {
    await world.takeIn(property, readingsIn(spanOf(HOUR, 'UTC'), world.settings));
    for (const level of ['minute', 'hour'] as const) await world.roll(property, level, HOUR);
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

  test('what came late before some days of outage is found after it, when minutes have closed up to now before the first hour looks', async () => {
    await anHour('outage');
    const { to } = spanOf(MINUTE, 'UTC');
    await world.takeIn('outage', [{ platform: 'twitter', member: 'member-0002', second: to - 1, value: 9 }]);
    for (const [days, hours] of [[5, 1], [7.5, 1], [8, 0]] as const) {
      await world.rollupStore.moveClosedUntil('outage', to + days * 86_400 + 60 * days);
      assert.equal((await late('outage')).spans.hour.length, hours, `${days} days later`);
    }
  });

  test('a range by hand is its level and what is built above it, from the first day on', async () => {
    await world.roll('range', 'minute', '2019-01-01_00');
    await world.roll('range', 'hour', '2019-01-01_00');
    const plan = (level: Level, from: string, to: string) => inStep(() => planRecompute(world.plugs)({ property: 'range', level, from, to }));
    const [first, second] = [spanOf('2019-01-01_00', 'UTC'), spanOf('2019-01-01_01', 'UTC')];
    assert.deepEqual(await plan('minute', '2019-01-01_00-30', '2019-01-01_01'), { minute: [{ from: first.from + 1800, to: second.to }], hour: [first], day: [] });
    assert.deepEqual(await plan('hour', '2018-12-31', DAY), { minute: [{ from: second.from, to: day.to }], hour: [day], day: [] }, 'hours that are not built begin with their minutes');
    assert.deepEqual(await plan('day', DAY, DAY), { minute: [day], hour: [day], day: [day] });
    assert.deepEqual(await plan('hour', '2019-01-01_00', '2019-01-01_00'), { minute: [], hour: [first], day: [] });
    await assert.rejects(plan('hour', '2019-01-01_00-30', DAY), { code: 'bad-argument', message: '"2019-01-01_00-30" is the name of a minute; expected a hour or more' });
    await assert.rejects(plan('day', '2018-12-01', '2018-12-31'), { code: 'bad-argument', message: /which begins on 2019-01-01/ });
  });

  test('days after a switch of semantics are those that were built so from the beginning, by hand or where something came late', async () => {
    const { settings } = world;
    const older = { ...settings, semantics: 'mean-of-means' as const };
    const everyMinuteButOne = readingsIn(day, settings).concat({ platform: 'twitter', member: 'member-0002', second: spanOf('2019-01-01_07-25', 'UTC').from, value: 9e9 });
    const came = { platform: 'twitter', member: 'member-0003', second: spanOf('2019-01-01_09-15', 'UTC').from, value: 5e9 };
    const withSemantics = async <T>(semantics: typeof settings.semantics, work: () => Promise<T>): Promise<T> => {
      Object.assign(settings, { semantics });
      try { return await work(); } finally { Object.assign(settings, { semantics: 'exact' }); }
    };
    const build = async (property: string, spans: Readonly<Record<Level, readonly { from: number; to: number }[]>>) => { for (const level of LEVELS) for (const span of spans[level]) await world.rollSpan(property, level, span); };
    const whole = { minute: [day], hour: [day], day: [day] };
    const checksums = async (property: string) => (await Promise.all((['hour', 'day'] as const).map((level) => world.rollupStore.readSeals(property, level, bucketsIn(level, day, 'UTC'))))).flat().map(({ checksum, inputs }) => [checksum, inputs]);
    for (const property of ['switched', 'switched-late', 'older']) await world.takeIn(property, everyMinuteButOne);
    for (const property of ['switched', 'switched-late']) await build(property, whole);
    await withSemantics(older.semantics, () => build('older', whole));
    const exact = await checksums('switched');
    const recompute = async (level: Level = 'day', name = DAY) => build('switched', await inStep(() => planRecompute(world.plugs)({ property: 'switched', level, from: name, to: name })));
    await withSemantics(older.semantics, async () => {
      await recompute();
      assert.deepEqual(await checksums('switched'), await checksums('older'));
      assert.deepEqual((await check('switched', 'day', DAY)).mismatches, []);
      for (const property of ['switched-late', 'older']) {
        await world.takeIn(property, [came]);
        await build(property, (await late(property)).spans);
      }
      assert.deepEqual(await checksums('switched-late'), await checksums('older'));
    });
    assert.notDeepEqual(exact, await checksums('switched'));
    await recompute('hour', '2019-01-01_08');
    assert.deepEqual(await checksums('switched'), exact, 'and back, whatever part of the day is asked for');
  });

  test('a range by hand ends with what has ended: a bucket of the future is not sealed without its readings', async () => {
    const plan = (level: Level, from: string, to: string) => inStep(() => planRecompute(world.plugs)({ property: 'future', level, from, to }));
    const now = Math.floor(Date.now() / 1000);
    const [yesterday, today, year] = [bucketAt('day', now - 86_400, 'UTC'), bucketAt('day', now, 'UTC'), String(new Date().getUTCFullYear() + 1)];
    const { minute } = await plan('minute', yesterday, `${year}-12-31`);
    assert.equal(minute[0]?.from, spanOf(yesterday, 'UTC').from);
    assert.ok(minute[0].to <= Date.now() / 1000 && minute[0].to > now - 60, 'up to the minute that goes on');
    assert.deepEqual((await plan('day', DAY, `${year}-12-31`)).day, [{ from: day.from, to: spanOf(bucketAt('day', Date.now() / 1000, 'UTC'), 'UTC').from }]);
    await assert.rejects(plan('minute', `${year}-01-01`, `${year}-12-31`), { code: 'bad-argument', message: `no minute of ${year}-01-01..${year}-12-31 has ended yet: expected a range that begins before now` });
    await assert.rejects(plan('day', today, today), { code: 'bad-argument' });
  });

  test('a seal that was changed is named with its bucket, and written again, whichever of its figures it is', async () => {
    await anHour('seals');
    for (const [level, bucket] of [['minute', MINUTE], ['hour', HOUR]] as const) for (const column of ['sum', 'count', 'rows'] as const) for (const by of [1, -1]) {
      const figures = async () => { const { checksum, count, sum, rows, revision } = await sealOf('seals', level, bucket); return { checksum, count, sum, rows, revision }; };
      const before = await figures();
      await world.cassandra.execute(`UPDATE rollup_seals SET ${column} = ? WHERE property = ? AND level = ? AND bucket = ? AND shard = 0`, [before[column] + by, 'seals', level, bucket]);
      const { mismatches } = await check('seals', level, HOUR);
      assert.deepEqual(mismatches.map((mismatch) => [mismatch.level, mismatch.bucket]), [[level, bucket]], `${level} ${column} ${by}`);
      await world.roll('seals', level, bucket, [bucket]);
      assert.deepEqual(await figures(), before);
    }
  });

  test('levels that differ are named even where the rows of each are what was sealed', async () => {
    await anHour('levels');
    await world.cassandra.execute('UPDATE rollup_seals SET sum = ? WHERE property = ? AND level = ? AND bucket = ? AND shard = 0', [(await sealOf('levels', 'minute', MINUTE)).sum + 1, 'levels', 'minute', MINUTE]);
    assert.deepEqual((await check('levels', 'hour', HOUR)).mismatches.map(({ bucket, sentence }) => [bucket, sentence.includes('the 60 buckets below it')]), [[HOUR, true]]);
  });

  test('an hour of which a minute was built anew since is open and no mismatch; a value of it that is off by 1 is named all the same', async () => {
    await anHour('revised');
    await world.takeIn('revised', [{ platform: 'twitter', member: 'member-0002', second: spanOf(MINUTE, 'UTC').from + 7, value: 9 }]);
    await world.roll('revised', 'minute', MINUTE);
    assert.deepEqual((await check('revised', 'hour', HOUR)).mismatches, []);
    assert.deepEqual((await late('revised')).spans.hour, [spanOf(HOUR, 'UTC')]);
    await flip('revised', 'hour', HOUR, 'sum');
    assert.deepEqual((await check('revised', 'hour', HOUR)).mismatches.map(({ bucket }) => bucket), [HOUR]);
    await world.roll('revised', 'hour', HOUR);
    assert.deepEqual((await check('revised', 'hour', HOUR)).mismatches, []);
  });

  test('all buckets of an hour that do not add up are named at once, because what is not named is not built again', async () => {
    await anHour('many');
    const minutes = bucketsIn('minute', spanOf(HOUR, 'UTC'), 'UTC');
    for (const bucket of minutes) await world.cassandra.execute('UPDATE rollup_seals SET count = 1000 WHERE property = ? AND level = ? AND bucket = ? AND shard = 0', ['many', 'minute', bucket]);
    assert.deepEqual((await check('many', 'minute', HOUR)).mismatches.map(({ bucket }) => bucket), minutes);
  });

  test('totals by category are those of a built day, are made once, and again when the day or its members change', async () => {
    const made = { seed: 7, members: 5, platforms: world.settings.platforms, firstDay: DAY, days: 2 };
    await world.plugs.categoryStore.writeGames('categories', gamesOf(made));
    await world.plugs.categoryStore.writeAccounts('categories', accountsOf(made));
    assert.deepEqual(await aggregate('categories'), { days: [], read: 0, unbuilt: [DAY] }, 'a day that is not built has none');
    await aDay('categories');
    assert.deepEqual(await aggregate('categories'), { days: [DAY], read: 10, unbuilt: [] });
    assert.deepEqual(await aggregate('categories'), { days: [], read: 0, unbuilt: [] });
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
    const summed = { ...world.plugs, rollupSettingsOf: () => ({ ...world.settings, measure: 'sum' as const }) };
    assert.deepEqual((await inStep(() => aggregateDays(summed)({ property: 'categories', span: day }))).days, [DAY], 'another measure is other totals');
    for (const { figure, sum } of (await world.plugs.categoryStore.readDay('categories', DAY))!.rows) assert.equal(figure, sum); // it was made above
  });
});
