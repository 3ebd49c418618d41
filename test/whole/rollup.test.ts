import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { rollBuckets } from '../../activities/rollup/roll-buckets.ts';
import { takeInReadings } from '../../activities/rollup/take-in-readings.ts';
import { bucketsIn, spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { rowsOfReadings } from '../../src/domain/rollup/bucket-rows.ts';
import { columnsOf } from '../../src/domain/rollup/reading.ts';
import { readSeries } from '../../src/main/read-series.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';

suite('readings become minutes, hours and days, on the real store', () => {
  let world: RollupWorld;
  before(async () => { world = await rollupWorld(); });
  after(() => world.dispose());

  const rows = async (property: string, level: Level, bucket: BucketName) =>
    (await Promise.all((await world.rollupStore.readSeals(property, level, [bucket])).map((seal) => rowsOf(world.plugs, seal)))).flat();
  const sealsOf = (property: string, level: Level, over: BucketName) => world.rollupStore.readSeals(property, level, bucketsIn(level, spanOf(over, 'UTC'), 'UTC'));
  const revisions = async (property: string, level: Level, over: BucketName): Promise<number[]> => (await sealsOf(property, level, over)).map(({ revision }) => revision);

  test('each minute is built once, by whoever comes first; an hour is what all its readings make at once', async () => {
    await world.fill('hour', '2019-01-01_05');
    const twice = await Promise.allSettled([world.roll('hour', 'minute', '2019-01-01_05'), world.roll('hour', 'minute', '2019-01-01_05')]);
    for (const each of twice) if (each.status === 'rejected') assert.equal((each.reason as { code?: string }).code, 'busy', 'who comes second looks again');
    await world.roll('hour', 'minute', '2019-01-01_05');
    assert.equal((await sealsOf('hour', 'minute', '2019-01-01_05')).length, 120);
    assert.deepEqual(await world.roll('hour', 'minute', '2019-01-01_05'), { built: 0, revised: 0, read: 0, after: '2019-01-01_05-59', isLast: true, hasCopies: false });
    assert.deepEqual(await world.roll('hour', 'hour', '2019-01-01_05'), { built: 1, revised: 0, read: 600, after: '2019-01-01_05', isLast: true, hasCopies: false });
    const all = readingsIn(spanOf('2019-01-01_05', 'UTC'), world.settings).sort((a, b) => (a.member === b.member ? (a.platform === b.platform ? a.second - b.second : a.platform < b.platform ? -1 : 1) : a.member < b.member ? -1 : 1));
    const whole = rowsOfReadings();
    whole.add(columnsOf(all));
    const byMember = (a: { member: string; platform: string }, b: { member: string; platform: string }): number => (`${a.member} ${a.platform}` < `${b.member} ${b.platform}` ? -1 : 1);
    assert.deepEqual((await rows('hour', 'hour', '2019-01-01_05')).sort(byMember), whole.rows().map((row) => ({ ...row, minutes: 60 })).sort(byMember));
    assert.deepEqual([...new Set((await sealsOf('hour', 'hour', '2019-01-01_05')).map(({ partial }) => partial))], [0]);
  });

  test('an hour is not built over a minute that is not: the minute is named', async () => {
    await world.fill('gap', '2019-01-01_05');
    await world.roll('gap', 'minute', '2019-01-01_05-00');
    await assert.rejects(world.roll('gap', 'hour', '2019-01-01_05'), { code: 'rollup-gap', message: /^hour 2019-01-01_05 of "gap" cannot be built: minute 2019-01-01_05-01 is not\. Build all of them: npx almanac rollup recompute gap minute 2019-01-01_05$/ });
  });

  test('a minute without readings, and a platform that is missing, lose nothing: the bucket is there and says so', async () => {
    const { from } = spanOf('2019-01-01_06-00', 'UTC');
    await world.takeIn('partial', [{ member: 'a', platform: 'twitter', second: from, value: 3 }]);
    await world.roll('partial', 'minute', '2019-01-01_06');
    await world.roll('partial', 'hour', '2019-01-01_06');
    const [hour] = (await sealsOf('partial', 'hour', '2019-01-01_06')).filter(({ rows: count }) => count > 0);
    assert.deepEqual([hour?.rows, hour?.members, hour?.partial, hour?.sum, hour?.count], [1, 1, 1, 3, 1]);
    assert.equal((await sealsOf('partial', 'minute', '2019-01-01_06')).length, 120);
  });

  test('a reading that comes late opens its minute and hour again, once; the same again opens nothing', async () => {
    await world.fill('late', '2019-01-01_05');
    await world.roll('late', 'minute', '2019-01-01_05');
    await world.roll('late', 'hour', '2019-01-01_05');
    const late = { member: 'member-0001', platform: 'twitter', second: spanOf('2019-01-01_05-30', 'UTC').from + 7, value: 1_000_000_000 };
    assert.deepEqual(await world.takeIn('late', [late]), { 'on-time': 0, late: 1, aside: 0 });
    assert.deepEqual((await world.rollupStore.listLate('late', '2019-01-01')).map(({ minute }) => minute), ['2019-01-01_05-30']);
    const { built, revised, read } = await world.roll('late', 'minute', '2019-01-01_05');
    assert.deepEqual([built, revised], [0, 1]);
    assert.ok(read > 0 && read < 12, `only the shard that changed was read: ${read} readings`);
    assert.deepEqual((await world.roll('late', 'hour', '2019-01-01_05')).revised, 1);
    assert.deepEqual((await revisions('late', 'minute', '2019-01-01_05-30')).sort(), [1, 2]);
    assert.deepEqual((await revisions('late', 'hour', '2019-01-01_05')).sort(), [1, 2]);
    assert.equal((await rows('late', 'hour', '2019-01-01_05')).find(({ member, platform }) => member === late.member && platform === 'twitter')?.max, late.value);
    await world.takeIn('late', [late]);
    assert.deepEqual([(await world.roll('late', 'minute', '2019-01-01_05')).revised, (await world.roll('late', 'hour', '2019-01-01_05')).read], [0, 0]);
  });

  test('one that comes later than is allowed goes aside, is counted, and changes nothing', async () => {
    await world.fill('aside', '2019-01-01_05-00');
    await world.roll('aside', 'minute', '2019-01-01_05-00');
    await world.roll('aside', 'minute', '2019-01-02_05-01');
    const late = { member: 'm', platform: 'twitter', second: spanOf('2019-01-01_05-00', 'UTC').from, value: 1 };
    for (let round = 0; round < 2; round += 1) assert.deepEqual(await world.takeIn('aside', [late]), { 'on-time': 0, late: 0, aside: 1 });
    assert.deepEqual(await world.takeIn('aside', [{ ...late, second: late.second + 60 }]), { 'on-time': 1, late: 0, aside: 0 }, 'a minute that was never built is open, however old');
    assert.deepEqual([await world.rollupStore.listAsideHours('aside'), await world.rollupStore.countAside('aside', '2019-01-01_05')], [['2019-01-01_05'], 1]);
    assert.equal((await world.roll('aside', 'minute', '2019-01-01_05-00')).revised, 0);
  });

  test('one of a time before the first day goes aside as well, because no minute of it is ever built', async () => {
    const { from } = spanOf('2019-01-01', 'UTC');
    const taken = await world.takeIn('before', [-60, -1, 0].map((more) => ({ member: 'm', platform: 'twitter', second: from + more, value: 1 })));
    assert.deepEqual([taken, await world.rollupStore.listAsideHours('before'), await world.rollupStore.countAside('before', '2018-12-31_23')], [{ 'on-time': 1, late: 0, aside: 2 }, ['2018-12-31_23'], 2]);
    assert.deepEqual(await world.rollupStore.listAsideHours('nobody'), []);
  });

  test('zone and shards are those it began with: with others nothing is taken in, and nothing built', async () => {
    await world.fill('fixed', '2019-01-01_05-00');
    const other = { ...world.plugs, rollupSettingsOf: () => ({ ...world.settings, shards: 3 }) };
    const refused = { code: 'property-changed', message: 'rollup "fixed" has shard count 2 in the store and 3 in the configuration; it is fixed for life. Put 2 back, or take the readings in as a new rollup.' };
    await assert.rejects(takeInReadings(other)('fixed', []), refused);
    await assert.rejects(inStep(() => rollBuckets(other)({ property: 'fixed', level: 'minute', span: spanOf('2019-01-01_05-00', 'UTC'), after: null, again: [] })), refused);
    await assert.rejects(takeInReadings({ ...world.plugs, rollupSettingsOf: () => ({ ...world.settings, timeZone: 'Europe/London' }) })('fixed', []), { code: 'property-changed' });
    assert.equal((await world.roll('fixed', 'minute', '2019-01-01_05-00')).built, 1);
  });

  test('a minute that is built between the question whether it is and the reading that comes into it is noted as late', async () => {
    const [minute, first] = ['2019-01-01_08-00', { member: 'a', platform: 'twitter', second: spanOf('2019-01-01_08-00', 'UTC').from, value: 1 }];
    const store = world.rollupStore;
    const overtaken = takeInReadings({ ...world.plugs, rollupStore: { ...store, writeReadings: async (...all) => { await world.roll('noted', 'minute', minute); await store.writeReadings(...all); } } });
    assert.deepEqual(await overtaken('noted', [first]), { 'on-time': 1, late: 0, aside: 0 });
    assert.deepEqual((await store.listLate('noted', '2019-01-01')).map((late) => late.minute), [minute]);
    assert.equal((await world.roll('noted', 'minute', minute)).revised, 1);
  });

  test('a reading that comes between the last look at a minute and its first seal is noted by who sealed it', async () => {
    const store = world.rollupStore;
    const noted = async (property: string) => (await store.listLate(property, '2019-01-01')).map(({ minute, shard }) => [minute, shard]);
    for (const before of [0, 1]) {
      const [property, minute] = [`sealed-${before}`, '2019-01-01_23-59'];
      const first = { member: 'a', platform: 'twitter', second: spanOf(minute, 'UTC').from, value: 1 };
      await world.rollupStore.moveClosedUntil(property, first.second);
      if (before === 1) await world.takeIn(property, [first]);
      const seal: typeof store.seal = async (changes) => {
        assert.deepEqual(await world.takeIn(property, [{ ...first, second: first.second + 1 }]), { 'on-time': 1, late: 0, aside: 0 });
        assert.deepEqual(await noted(property), [], 'it is not built yet');
        return store.seal(changes);
      };
      await inStep(() => rollBuckets({ ...world.plugs, rollupStore: { ...store, seal } })({ property, level: 'minute', span: spanOf(minute, 'UTC'), after: null, again: [] }));
      assert.equal((await noted(property)).length, 1, 'the shard it came into, and no other');
      assert.equal((await world.roll(property, 'minute', minute)).revised, 1);
      assert.deepEqual((await sealsOf(property, 'minute', minute)).map(({ count }) => count).sort(), [0, before + 1]);
    }
  });

  test('and where strokes never look, it is built again at once', async () => {
    const [property, minute] = ['history', '2019-01-01_12-00'];
    await world.rollupStore.moveClosedUntil(property, spanOf('2019-03-01', 'UTC').from);
    const seal: typeof world.rollupStore.seal = async (changes) => {
      await world.takeIn(property, [{ member: 'a', platform: 'twitter', second: spanOf(minute, 'UTC').from, value: 1 }]);
      return world.rollupStore.seal(changes);
    };
    const build = () => inStep(() => rollBuckets({ ...world.plugs, rollupStore: { ...world.rollupStore, seal } })({ property, level: 'minute', span: spanOf(minute, 'UTC'), after: null, again: [] }));
    await assert.rejects(build(), { code: 'busy', message: /came in while it was sealed$/ });
    assert.equal((await build()).revised, 1);
  });

  test('a series without a copy finds a minute that was built anew between its seal and its rows', async () => {
    const [minute, first] = ['2019-01-01_10-00', { member: 'a', platform: 'twitter', second: spanOf('2019-01-01_10-00', 'UTC').from, value: 1 }];
    await world.takeIn('replaced', [first]);
    await world.roll('replaced', 'minute', minute);
    const { rollupStore: store, settings } = world;
    let isFirst = true;
    const readMember: typeof store.readMember = async (...of) => {
      if (isFirst) {
        isFirst = false;
        await world.takeIn('replaced', [{ ...first, second: first.second + 1 }]);
        await world.roll('replaced', 'minute', minute);
      }
      return store.readMember(...of);
    };
    const reader = { rollupStore: { readSeals: store.readSeals, readMember }, seriesStore: world.seriesStore, settings, clock: { minute: null, hour: null, day: null } };
    const [series] = await readSeries(reader, { property: 'replaced', level: 'minute', from: minute, buckets: 1 }, ['a']);
    assert.deepEqual(series?.points.map(({ bucket, revision, count }) => [bucket, revision, count]), [[minute, 2, 2]]);
  });

  test('a minute into which a reading came while its readings were read is not sealed as that many', async () => {
    const [minute, first] = ['2019-01-01_09-00', { member: 'a', platform: 'twitter', second: spanOf('2019-01-01_09-00', 'UTC').from, value: 1 }];
    await world.takeIn('read', [first]);
    const store = world.rollupStore;
    const slow = { ...world.plugs, rollupStore: { ...store, readReadings: async function* (key: Parameters<typeof store.readReadings>[0]) { yield* store.readReadings(key); await world.takeIn('read', [{ ...first, second: first.second + 1 }]); } } };
    await assert.rejects(inStep(() => rollBuckets(slow)({ property: 'read', level: 'minute', span: spanOf(minute, 'UTC'), after: null, again: [] })), { code: 'busy', message: /came in while it was built$/ });
    assert.deepEqual(await sealsOf('read', 'minute', minute), []);
    await world.roll('read', 'minute', minute);
    assert.deepEqual((await sealsOf('read', 'minute', minute)).map(({ count }) => count).sort(), [0, 2]);
  });

  test('a reading that comes in while its minute is being built is not lost', async () => {
    const first = { member: 'a', platform: 'twitter', second: spanOf('2019-01-01_07-00', 'UTC').from, value: 1 };
    await world.takeIn('race', [first]);
    const others = Array.from({ length: 30 }, (_, at) => ({ ...first, second: first.second + 1 + at, value: 1 }));
    const [, ...taken] = await Promise.all([
      (async () => { for (let round = 0; round < 10; round += 1) await world.roll('race', 'minute', '2019-01-01_07-00').catch((error: { code?: string }) => assert.equal(error.code, 'busy')); })(),
      ...others.map((reading) => world.takeIn('race', [reading])),
    ]);
    await world.roll('race', 'minute', '2019-01-01_07-00');
    assert.equal(taken.length, 30);
    const [seal] = (await sealsOf('race', 'minute', '2019-01-01_07-00')).filter(({ count }) => count > 0);
    assert.equal(seal?.count, 31);
    const late = (await world.rollupStore.listLate('race', '2019-01-01')).length;
    assert.ok(taken.every((each) => each.late === 0) || late === 1, 'what came late is noted');
  });
});
