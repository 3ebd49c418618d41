import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createActivities, type Plugs } from '../../activities/index.ts';
import { bringInAside } from '../../activities/rollup/bring-in-aside.ts';
import { countAside } from '../../activities/rollup/count-aside.ts';
import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { inStep } from '../in-step.ts';
import { Killed, mortal, type Life } from '../mortal.ts';
import { rollupWorld, type RollupWorld } from '../rollup-world.ts';
import { eventually } from '../stack.ts';
import type { AsideReading } from '../../src/ports/rollup-store.ts';

const [MINUTE, HOUR] = ['2019-01-01_05-00', '2019-01-01_05'];
const { from } = spanOf(MINUTE, 'UTC');

suite('readings that are aside', () => {
  let world: RollupWorld;
  before(async () => { world = await rollupWorld({ everySeconds: 30, shards: 1 }); });
  after(() => world.dispose());

  const reading = (second: number, member = 'member-0001') => ({ platform: 'twitter', member, second: from + second, value: second });
  const range = (property: string) => ({ property, from: HOUR, to: HOUR });
  const bringIn = (property: string, plugs = world.plugs) => inStep(() => bringInAside(plugs)(range(property)));
  /** Hours of which readings are aside, and how many. */
  const named = async (property: string) => Promise.all((await world.rollupStore.listAsideHours(property)).map(async (hour) => [hour, await world.rollupStore.countAside(property, hour)]));
  const aside = (property: string) => inStep(() => countAside(world.plugs)(range(property)));
  const minute = async (property: string) => {
    await world.roll(property, 'minute', MINUTE);
    const [seal] = await world.rollupStore.readSeals(property, 'minute', [MINUTE]);
    return { count: seal?.count, revision: seal?.revision, rows: seal && (await rowsOf(world.plugs, seal)) };
  };
  /** A minute of the first day, and the property's clock two days on: what comes now is too late by far. */
  async function anOldMinute(property: string): Promise<void> {
    await world.fill(property, MINUTE);
    await world.roll(property, 'minute', MINUTE);
    await world.roll(property, 'minute', '2019-01-03_05-00');
  }
  async function tooLate(property: string, readings = [reading(7), reading(8), reading(3600)]): Promise<void> {
    await anOldMinute(property);
    await world.roll(property, 'minute', '2019-01-01_06-00');
    assert.deepEqual(await world.takeIn(property, readings), { 'on-time': 0, late: 0, aside: readings.length });
  }

  test('of a range that is none are none to be counted: the step is refused, and not tried again', async () => {
    const asked = (name: string) => ({ property: 'no-range', from: name, to: name });
    const steps = createActivities(world.plugs as Plugs);
    for (const name of ['2019-02-31', '2019-01-01+01-00', '2019-01-01_24']) {
      for (const step of [() => steps.countAside(asked(name)), () => steps.bringInAside(asked(name)), () => steps.planRecompute({ ...asked(name), level: 'minute' })]) {
        await assert.rejects(inStep<unknown>(step), { type: 'bad-argument', nonRetryable: true }, name);
      }
    }
    await assert.rejects(inStep(() => steps.countAside(asked('2019-01-01_12-30'))), { type: 'bad-argument', message: '"2019-01-01_12-30" is the name of a minute; expected a hour or more' });
    await assert.rejects(inStep(() => steps.countAside({ ...asked(HOUR), to: '2019-01-01_04' })), { type: 'bad-argument', message: /ends before it begins/ });
  });

  test('come in by hand, once, and their minute is built again as if they had been in time; other hours stay', async () => {
    await tooLate('late');
    assert.deepEqual([await aside('late'), await minute('late').then(({ count, revision }) => [count, revision])], [2, [20, 1]]);
    for (let round = 0; round < 2; round += 1) {
      await bringIn('late');
      assert.equal(await aside('late'), 0);
      assert.deepEqual(await named('late'), [['2019-01-01_06', 1]]);
    }
    await world.fill('in-time', MINUTE);
    await world.takeIn('in-time', [reading(7), reading(8)]);
    const [brought, wanted] = [await minute('late'), await minute('in-time')];
    assert.deepEqual([brought.count, brought.revision, brought.rows], [22, 2, wanted.rows]);
  });

  test('stay where their minute would be built from less than it was, or never is', async () => {
    await anOldMinute('gone');
    const key = { property: 'gone', minute: '2019-01-01_05-01', shard: 0 };
    await world.rollupStore.writeReadings(key, [reading(61), reading(62)], 10); // of these the age limit strikes first
    await world.rollupStore.writeReadings(key, [reading(63)], 0);
    await world.roll('gone', 'minute', key.minute);
    await world.takeIn('gone', [reading(64), { ...reading(0), second: spanOf('2018-12-31', 'UTC').from }]);
    const stored = async () => {
      let count = 0;
      for await (const { values } of world.rollupStore.readReadings(key)) count += values.length;
      return count;
    };
    await eventually(async () => (await stored()) === 1, 30_000, 'the age limit of two readings');
    await bringIn('gone');
    await inStep(() => bringInAside(world.plugs)({ property: 'gone', from: '2018-12-31', to: '2018-12-31' }));
    assert.deepEqual(await named('gone'), [['2018-12-31_00', 1], [HOUR, 1]]);
    await world.roll('gone', 'minute', key.minute);
    assert.deepEqual((await world.rollupStore.readSeals('gone', 'minute', [key.minute])).map(({ count, revision }) => [count, revision]), [[3, 1]]);
  });

  test('stay where their hour could not follow, because another of its minutes is gone by age', async () => {
    await anOldMinute('followed');
    const other = '2019-01-01_05-30';
    await world.roll('followed', 'minute', other);
    await world.rollupStore.seal([{ seal: nextSeal({ property: 'followed', level: 'hour', bucket: HOUR, shard: 0 }, 'built', contentOf([], HOUR, world.settings), null), before: null }]);
    await world.takeIn('followed', [reading(7)]);
    const [seal] = await world.rollupStore.readSeals('followed', 'minute', [other]);
    const aged = { ...seal!, keptUntil: 1 };
    await world.rollupStore.seal([{ seal: aged, before: seal! }]);
    await bringIn('followed');
    assert.equal(await aside('followed'), 1);
    await world.rollupStore.seal([{ seal: seal!, before: aged }]);
    await bringIn('followed');
    assert.equal(await aside('followed'), 0);
  });

  test('of many pages ask once for each minute whether it is whole, and no more of it than was built', async () => {
    await tooLate('paged', [reading(7)]);
    await world.takeIn('paged', Array.from({ length: 12 }, (_, at) => reading(7, `member-${at}`)));
    const store = world.rollupStore;
    const asked: string[] = [];
    await bringIn('paged', { ...world.plugs, rollupStore: {
      ...store,
      async *readAside(...of) { for await (const page of store.readAside(...of)) for (const one of page) yield [one]; },
      readReadings(key) { asked.push(key.minute); return store.readReadings(key); },
    } });
    assert.deepEqual([await aside('paged'), asked], [0, []]);
    assert.equal((await minute('paged')).count, 33);
  });

  test('a range of minutes is refused: what is aside is kept by the hour', async () => {
    await assert.rejects(inStep(() => countAside(world.plugs)({ property: 'late', from: MINUTE, to: HOUR })), { code: 'bad-argument', message: /"2019-01-01_05-00" is the name of a minute; expected a hour or more/ });
  });

  test('of a page that was written long ago go in runs, between what stays and without what came since', async () => {
    const { rollupStore: store, cassandra } = world;
    const longAgo = (Date.now() - 3_600_000) * 1000;
    const named = (member: string, value: number) => ({ ...reading(7, member), value });
    await store.keepAside('runs', [named('m000', 1)]); // names the hour
    const insert = 'INSERT INTO rollup_aside (property, hour, member, platform, second, value) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?';
    await Promise.all(Array.from({ length: 400 }, (_, at) => named(`m${String(at).padStart(3, '0')}`, at)).map((one) => cassandra.execute(insert, ['runs', HOUR, one.member, one.platform, one.second, one.value, longAgo])));
    const all = async (): Promise<AsideReading[]> => {
      const found: AsideReading[] = [];
      for await (const rows of store.readAside('runs', HOUR)) found.push(...rows);
      return found;
    };
    const page = await all();
    await store.keepAside('runs', [named('m150', -1), named('m150-new', -2)]);
    await store.dropAside('runs', HOUR, page, ({ member }) => member !== 'm200');
    assert.deepEqual((await all()).map(({ member, value }) => [member, value]), [['m150', -1], ['m150-new', -2], ['m200', 200]]);
  });

  test('none is lost, and none counted twice, wherever the worker that brings them in dies', async () => {
    await tooLate('undisturbed');
    const trace: Life = { calls: [], dieAt: 0, when: 'before', isOver: false };
    await bringIn('undisturbed', { ...world.plugs, rollupStore: mortal(world.rollupStore, trace) });
    const wanted = await minute('undisturbed');
    assert.ok(trace.calls.length >= 8, trace.calls.join());
    for (const [at, call] of trace.calls.entries()) {
      for (const when of ['before', 'after'] as const) {
        const property = `killed-${when}-${at}`;
        await tooLate(property);
        await assert.rejects(bringIn(property, { ...world.plugs, rollupStore: mortal(world.rollupStore, { calls: [], dieAt: at + 1, when, isOver: false }) }), Killed, call);
        const [there, left] = [await minute(property), await aside(property)];
        assert.ok((there.count ?? 0) - 20 + left >= 2, `killed ${when} ${call}: ${there.count} in the minute, ${left} aside`);
        await bringIn(property);
        const { count, rows } = await minute(property);
        assert.deepEqual([await aside(property), count, rows], [0, wanted.count, wanted.rows], `killed ${when} ${call}`);
      }
    }
  });

  test('one that comes while the last of its hour is brought in is still named', async () => {
    await tooLate('meanwhile', [reading(7)]);
    const store = world.rollupStore;
    let isFirst = true;
    await bringIn('meanwhile', { ...world.plugs, rollupStore: { ...store, async dropAside(...dropped) {
      const meanwhile = isFirst ? store.keepAside('meanwhile', [reading(9)]) : undefined;
      isFirst = false;
      await Promise.all([store.dropAside(...dropped), meanwhile]);
    } } });
    assert.deepEqual(await named('meanwhile'), [[HOUR, 1]]);
  });
});
