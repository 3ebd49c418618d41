import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { bucketsIn, LEVELS, secondName, spanOf, type BucketName, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { rollupId } from '../../src/domain/release/ids.ts';
import { clockWorld, type ClockWorld } from '../rollup-clock.ts';
import { readingsIn } from '../rollup-world.ts';
import { eventually } from '../stack.ts';
import type { RollupStore } from '../../src/ports/rollup-store.ts';

const HOUR = 3600;
const SECONDS = { minute: 60, hour: HOUR, day: 24 * HOUR } as const;
const DAYS = 3;
/** 472 strokes of minutes: a schedule buffers 1,000. */
const CHUNK = 8 * HOUR;
const { from: start } = spanOf('2019-01-01', 'UTC');
const end = start + DAYS * 24 * HOUR;

suite('the clock of a rollup, on the real server and the real store', () => {
  let world: ClockWorld;
  let worker: { stop(): Promise<void> };
  /** Seals in the order in which they were set, and for how many of them there was none before. */
  const sealed: { level: Level; bucket: BucketName; isFirst: boolean }[] = [];
  /** A minute that nobody can read. */
  let broken: BucketName | null = null;
  const told: string[] = [];
  let store: RollupStore;
  before(async () => {
    world = await clockWorld({ everySeconds: 60, shards: 1 });
    store = {
      ...world.rollupStore,
      async seal(changes) {
        const isOurs = await world.rollupStore.seal(changes);
        if (isOurs) for (const { seal, before: former } of changes) sealed.push({ level: seal.level, bucket: seal.bucket, isFirst: former === null });
        return isOurs;
      },
      async readInputs(key) {
        if (key.minute === broken) throw new Failure('rollup-gap', `minute ${broken} cannot be read`);
        return world.rollupStore.readInputs(key);
      },
    };
    worker = await world.startWorker({ store, told });
  });
  after(() => world.dispose());

  const fill = (span: Span) => world.takeIn(world.property, readingsIn(span, world.settings));
  const nominal = (second: number): string => `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  /** What the schedules have of a span: each minute but the full hour, each hour but midnight, midnight. */
  const due = (level: Level, { from, to }: Span): string[] => {
    const all = Array.from({ length: Math.floor((to - from) / SECONDS[level]) }, (_, at) => from + (at + 1) * SECONDS[level]);
    return all.filter((at) => level === 'day' || at % (level === 'minute' ? HOUR : SECONDS.day) !== 0).map(nominal);
  };
  const builtOf = (level: Level) => sealed.filter((one) => one.level === level);
  /** Every bucket of a span is there, was sealed once, and after all that it is made of. */
  async function isBuiltOnce(span: Span): Promise<void> {
    for (const level of LEVELS) {
      const buckets = bucketsIn(level, span, 'UTC').filter((bucket) => spanOf(bucket, 'UTC').from >= span.from && spanOf(bucket, 'UTC').to <= span.to);
      const seals = await world.rollupStore.readSeals(world.property, level, buckets);
      assert.deepEqual(seals.map(({ bucket, revision }) => [bucket, revision]), buckets.map((bucket) => [bucket, 1]), level);
      const strokes = builtOf(level).filter(({ bucket }) => buckets.includes(bucket));
      assert.deepEqual([strokes.length, new Set(strokes.map(({ bucket }) => bucket)).size, strokes.every(({ isFirst }) => isFirst)], [buckets.length, buckets.length, true], level);
    }
    sealed.forEach(({ level, bucket }, at) => {
      if (level === 'minute' || spanOf(bucket, 'UTC').from < span.from) return;
      const later = sealed.slice(at).find((other) => LEVELS.indexOf(other.level) < LEVELS.indexOf(level) && other.bucket.startsWith(bucket));
      assert.equal(later, undefined, `${level} ${bucket} was built before ${later?.bucket}`);
    });
  }

  test('of three days each of 4,320 minutes, 72 hours and 3 days is built exactly once, none missing', async (t) => {
    const began = Date.now();
    for (let from = start; from < end; from += CHUNK) {
      const span = { from, to: from + CHUNK };
      await fill(span);
      // Minutes need no order among themselves; in the last chunk nothing has one.
      await world.backfill('minute', span.from, span.to, 'ALLOW_ALL');
      if (span.to < end) await eventually(async () => builtOf('minute').length >= (span.to - start) / 60 - CHUNK / HOUR, 600_000, 'minutes of a chunk');
      for (const level of ['hour', 'day'] as const) await world.backfill(level, span.from, span.to);
      await eventually(async () => builtOf('hour').length >= (span.to - start) / HOUR, 600_000, 'hours of a chunk');
      t.diagnostic(`${secondName(span.to)}: ${Math.round((Date.now() - began) / 1000)} s`);
    }
    for (const level of LEVELS) assert.deepEqual(await world.strokes(level, due(level, { from: start, to: end }).length, 600_000), { nominal: due(level, { from: start, to: end }), failed: 0 });
    await isBuiltOnce({ from: start, to: end });
    assert.deepEqual(LEVELS.map((level) => builtOf(level).length), [4320, 72, 3]);
    for (const level of ['hour', 'day'] as const) for (const at of due(level, { from: start, to: end })) assert.deepEqual((await world.figuresOf(level, at)).mismatches, [], `a false alarm at ${at}`);
    const days = await world.rollupStore.readSeals(world.property, 'day', bucketsIn('day', { from: start, to: end }, 'UTC'));
    assert.deepEqual(days.map(({ rows, count, partial }) => [rows, count, partial]), Array(DAYS).fill([10, 14_400, 0]));
  });

  test('what fell due while the worker was away for 90 minutes is caught up inside the window, each bucket once, no minute after its hour', async () => {
    await worker.stop();
    const away = { from: end, to: end + 90 * 60 };
    await fill(away);
    const before = sealed.length;
    for (const level of ['minute', 'hour'] as const) await world.backfill(level, away.from, away.to);
    const [{ policies: ofMinutes }, { policies: ofHours }] = await Promise.all([describe('minute'), describe('hour')]);
    assert.deepEqual([ofMinutes.overlap, ofMinutes.catchupWindow, ofHours.overlap, ofHours.catchupWindow], ['BUFFER_ALL', 2 * HOUR * 1000, 'BUFFER_ALL', 48 * HOUR * 1000]);
    assert.equal(sealed.length, before, 'nobody is there');
    worker = await world.startWorker({ store, told });
    const all = { from: start, to: away.to };
    for (const level of ['minute', 'hour'] as const) assert.deepEqual(await world.strokes(level, due(level, all).length), { nominal: due(level, all), failed: 0 });
    await isBuiltOnce(away);
    assert.deepEqual(sealed.slice(before).filter(({ level }) => level === 'minute').length, 90);
  });

  const describe = (level: Level) => world.temporal.client.schedule.getHandle(rollupId(world.property, level)).describe();

  test('an hour is never built without a minute of it: what a minute left undone, its hour does, and what an hour left, midnight', async () => {
    const [lagging, next] = [{ from: end + 2 * HOUR, to: end + 3 * HOUR }, { from: end + 3 * HOUR, to: end + 4 * HOUR }];
    await fill({ from: lagging.from, to: next.to });
    broken = '2019-01-04_02-20';
    await world.backfill('minute', lagging.from + 19 * 60, lagging.from + 22 * 60);
    const counts = { minute: due('minute', { from: start, to: end + 90 * 60 }).length + 3, hour: due('hour', { from: start, to: end + 90 * 60 }).length };
    assert.equal((await world.strokes('minute', counts.minute)).failed, 1);
    broken = null;
    await world.backfill('hour', lagging.to - 60, lagging.to);
    await world.strokes('hour', counts.hour + 1);
    assert.deepEqual((await world.figuresOf('hour', nominal(lagging.to))).built, { minute: 58, hour: 1, day: 0 });
    broken = '2019-01-04_03-59';
    await world.backfill('hour', next.to - 60, next.to);
    assert.equal((await world.strokes('hour', counts.hour + 2)).failed, 1);
    assert.deepEqual(await world.rollupStore.readSeals(world.property, 'hour', ['2019-01-04_03']), []);
    broken = null;
    await world.backfill('day', end + 24 * HOUR - 60, end + 24 * HOUR);
    await world.strokes('day', DAYS + 1);
    assert.equal((await world.figuresOf('day', nominal(end + 24 * HOUR))).built.day, 1);
    await isBuiltOnce({ from: end, to: end + 24 * HOUR });
  });

  test('a reading that came late opens its minute, hour and day with the next hour, once; a stored value that is off by 1 is named in the same stroke, and mended', async () => {
    const [second, hour, day] = [end + 20 * HOUR, '2019-01-04_20', '2019-01-04'];
    const revisions = async (): Promise<number[]> => (await Promise.all([world.rollupStore.readSeals(world.property, 'minute', [`${hour}-00`]), world.rollupStore.readSeals(world.property, 'hour', [hour]), world.rollupStore.readSeals(world.property, 'day', [day])])).flat().map(({ revision }) => revision);
    await world.takeIn(world.property, [{ platform: 'twitter', member: 'member-0001', second, value: 5 }]);
    const hours = due('hour', { from: start, to: end + 90 * 60 }).length + 2;
    const strike = async (at: number, count: number) => {
      await world.backfill('hour', at - 60, at);
      await world.strokes('hour', hours + count);
      return world.figuresOf('hour', nominal(at));
    };
    const first = await strike(end + 25 * HOUR, 1);
    // One reading of its minute; one row of its minute; what the day has of its hours.
    assert.deepEqual(first.revised, { minute: 1, hour: 1, day: 1 });
    assert.ok(first.read > 0 && first.read < 60, `${first.read} rows were read`);
    assert.deepEqual([await revisions(), first.mismatches], [[2, 2, 2], []]);

    const span = { from: end + 25 * HOUR, to: end + 26 * HOUR };
    await fill(span);
    await world.backfill('minute', span.from, span.from + 60);
    await world.strokes('minute', due('minute', { from: start, to: end + 90 * 60 }).length + 4);
    const [seal] = await world.rollupStore.readSeals(world.property, 'minute', ['2019-01-05_01-00']);
    const key = [world.property, 'minute', '2019-01-05_01-00', 0, seal?.inputs, 'member-0002', 'twitter'];
    const where = 'property = ? AND level = ? AND bucket = ? AND shard = ? AND inputs = ? AND member = ? AND platform = ?';
    const stored = (await world.cassandra.execute(`SELECT sum FROM rollup_buckets WHERE ${where}`, key)).first()?.sum as number;
    await world.cassandra.execute(`UPDATE rollup_buckets SET sum = ? WHERE ${where}`, [stored + 1, ...key]);
    const flipped = await strike(span.to, 2);
    assert.deepEqual(flipped.mismatches.map(({ level, bucket }) => [level, bucket]), [['minute', '2019-01-05_01-00']]);
    assert.deepEqual([flipped.built, flipped.revised], [{ minute: 59, hour: 1, day: 0 }, { minute: 0, hour: 0, day: 0 }]);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /^minute 2019-01-05_01-00 \(shard 0\) holds a sum of .*; built again$/);
    assert.deepEqual(await revisions(), [2, 2, 2], 'nothing opens twice');
  });
});

suite('days of 23 and of 25 hours', () => {
  let world: ClockWorld;
  before(async () => { world = await clockWorld({ everySeconds: HOUR, shards: 1, timeZone: 'Europe/London' }); });
  after(() => world.dispose());

  test('are struck at the local midnight, carry the offset of their beginning, and hold all of their hours', async () => {
    await world.startWorker();
    const days = ['2019-03-31+00-00', '2019-10-27+01-00'];
    for (const [at, day] of days.entries()) {
      const span = spanOf(day, 'Europe/London');
      await world.takeIn(world.property, readingsIn(span, world.settings));
      await world.backfill('day', span.to - 60, span.to);
      await world.strokes('day', at + 1);
    }
    const [spring, autumn] = [23, 25];
    assert.deepEqual((await world.strokes('day', 2)).nominal, ['2019-03-31T23:00:00Z', '2019-10-28T00:00:00Z']);
    const seals = await world.rollupStore.readSeals(world.property, 'day', days);
    assert.deepEqual(seals.map(({ bucket, rows, count, partial, revision }) => [bucket, rows, count, partial, revision]), [[days[0], 10, 10 * spring, 0, 1], [days[1], 10, 10 * autumn, 0, 1]]);
    for (const [at, hours] of [spring, autumn].entries()) {
      const below = await world.rollupStore.readSeals(world.property, 'hour', bucketsIn('hour', spanOf(days[at]!, 'Europe/London'), 'Europe/London')); // there are two
      assert.equal(below.length, hours);
      assert.equal(below.reduce((sum, seal) => sum + seal.sum, 0), seals[at]?.sum);
    }
  });
});
