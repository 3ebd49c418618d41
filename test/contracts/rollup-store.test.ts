import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { bucketOfReadings } from '../../src/domain/rollup/bucket.ts';
import { contentOf, nextSeal, noInputs, type BucketKey } from '../../src/domain/rollup/seal.ts';
import { createRollupStore } from '../../src/stores/cassandra/rollup-store.ts';
import { rollupTables } from '../../src/stores/cassandra/rollup-tables.ts';
import { testCassandra } from '../world.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { RollupStore } from '../../src/ports/rollup-store.ts';

const plugs = [{
  name: 'cassandra',
  async open(): Promise<{ store: RollupStore; dispose: () => Promise<void> }> {
    const { cassandra, dispose } = await testCassandra(rollupTables);
    return { store: createRollupStore(cassandra), dispose };
  },
}];

const minute = (property: string) => ({ property, minute: '2019-01-01_12-34', shard: 0 });
const reading = (member: string, at: number, value = 1): Reading => ({ platform: 'x', member, second: 1_546_346_040 + at, value });
const expected = { platforms: ['x'], everySeconds: 60, timeZone: 'UTC' };
const row = (member: string, ...values: number[]) => ({ member, platform: 'x', ...bucketOfReadings(values) });

async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

for (const plug of plugs) {
  suite(`rollup store: ${plug.name}`, () => {
    let store: RollupStore;
    let dispose: () => Promise<void>;
    before(async () => { ({ store, dispose } = await plug.open()); });
    after(() => dispose());

    const readingsOf = async (property: string): Promise<Reading[]> => {
      const pages: Reading[][] = [];
      for await (const { members, platforms, seconds, values } of store.readReadings(minute(property))) pages.push(values.map((value, at): Reading => ({ member: members[at]!, platform: platforms[at]!, second: seconds[at]!, value })));
      return pages.flat();
    };

    test('readings come in order, the same key twice is one, and the newest value stands', async () => {
      await store.writeReadings(minute('order'), [reading('b', 3), reading('a', 9), reading('a', 1, 5)], 0);
      await store.writeReadings(minute('order'), [reading('a', 1, 6)], 0);
      assert.deepEqual(await readingsOf('order'), [reading('a', 1, 6), reading('a', 9), reading('b', 3)]);
    });

    test('inputs change with every new piece and never with a piece that was there', async () => {
      const many = Array.from({ length: 400 }, (_, at) => reading(`m${at}`, 0));
      assert.equal(await store.readInputs(minute('inputs')), noInputs);
      await store.writeReadings(minute('inputs'), many, 0);
      const first = await store.readInputs(minute('inputs'));
      await store.writeReadings(minute('inputs'), many, 0);
      assert.equal(await store.readInputs(minute('inputs')), first);
      await store.writeReadings(minute('inputs'), [reading('late', 5)], 0);
      assert.notEqual(await store.readInputs(minute('inputs')), first);
      assert.equal((await readingsOf('inputs')).length, 401);
    });

    test('readings are forgotten when their time is over', async () => {
      await store.writeReadings(minute('short'), [reading('a', 1)], 1);
      const deadline = Date.now() + 15_000;
      while ((await readingsOf('short')).length > 0) if (Date.now() > deadline) assert.fail('kept for 15 s instead of one');
      assert.equal(await store.readInputs(minute('short')), noInputs);
    });

    test('late minutes of a day are listed, those of other days are not, noting twice is noting once', async () => {
      for (let round = 0; round < 2; round += 1) await store.noteLate(minute('late'), 1000);
      await store.noteLate({ ...minute('late'), minute: '2019-01-02_00-00' }, 1000);
      assert.deepEqual(await store.listLate('late', '2019-01-01'), [minute('late')]);
    });

    test('what came too late is kept by its key and counted by its hour', async () => {
      for (let round = 0; round < 2; round += 1) await store.keepAside('aside', [reading('a', 1), reading('b', 1), reading('a', 3600)]);
      assert.deepEqual([await store.listAsideHours('aside'), await store.countAside('aside', '2019-01-01_12'), await store.countAside('aside', '2019-01-01_13')], [['2019-01-01_12', '2019-01-01_13'], 2, 1]);
      assert.deepEqual([await store.listAsideHours('nobody'), await store.countAside('nobody', '2019-01-01_12')], [[], 0]);
    });

    test('what is no longer aside is what was read: a reading that came again since stays, with its hour', async () => {
      const [hour, everything] = ['2019-01-01_12', () => true];
      const aside = async (property: string) => (await all(store.readAside(property, hour))).map(({ member, value }) => [member, value]);
      await store.keepAside('dropped', [reading('a', 1), reading('b', 1)]);
      const read = await all(store.readAside('dropped', hour));
      await store.keepAside('dropped', [{ ...reading('a', 1), value: 77 }]);
      await store.dropAside('dropped', hour, read, everything);
      await store.closeAsideHour('dropped', hour);
      assert.deepEqual([await aside('dropped'), await store.listAsideHours('dropped')], [[['a', 77]], [hour]]);
      await store.dropAside('dropped', hour, await all(store.readAside('dropped', hour)), everything);
      await store.closeAsideHour('dropped', hour);
      assert.deepEqual([await aside('dropped'), await store.listAsideHours('dropped')], [[], []]);
    });

    const key = (property: string, bucket = '2019-01-01_12'): BucketKey => ({ property, level: 'hour', bucket, shard: 0 });
    const rowsOf = (property: string, inputs: string) => all(store.readRows({ ...key(property), inputs }));

    test('rows of one build are not those of another, and go alone', async () => {
      const [old, other] = [[row('a', 1, 2), row('b', 3)], [row('a', 9)]];
      await store.writeRows({ ...key('rows'), inputs: 'i1' }, old.toReversed(), 1000);
      await store.writeRows({ ...key('rows'), inputs: 'i2' }, other, 0);
      assert.deepEqual([await rowsOf('rows', 'i1'), await rowsOf('rows', 'i2')], [old, other]);
      const memberOf = (inputs: string, member: string) => store.readMember({ ...key('rows'), inputs }, member);
      assert.deepEqual([await memberOf('i1', 'b'), await memberOf('i2', 'b'), await memberOf('i2', 'a')], [[old[1]], [], other]);
      await store.dropRows({ ...key('rows'), inputs: 'i1' });
      assert.deepEqual([await rowsOf('rows', 'i1'), await rowsOf('rows', 'i2')], [[], other]);
    });

    test('of many who seal a bucket at once one does, and a seal is replaced only by who has seen it', async () => {
      const sealOf = (inputs: string, value: number, before: ReturnType<typeof nextSeal> | null = null) => nextSeal(key('seals'), inputs, contentOf([row('a', value)], key('seals').bucket, expected), before);
      const done = await Promise.all([1, 2, 3, 4, 5].map((value) => store.seal([{ seal: sealOf(`i${value}`, value), before: null }])));
      assert.equal(done.filter(Boolean).length, 1);
      const [held] = await store.readSeals('seals', 'hour', [key('seals').bucket]);
      const next = sealOf('i9', 9, held);
      assert.equal(await store.seal([{ seal: next, before: { ...held!, inputs: 'not this' } }]), false); // one of the five is there
      assert.equal(await store.seal([{ seal: next, before: held! }]), true);
      assert.deepEqual(await store.readSeals('seals', 'hour', [key('seals').bucket]), [{ ...next, revision: 2 }]);
    });

    test('the shards of a bucket are sealed together or not at all', async () => {
      const [bucket, content] = ['2019-01-01_12', contentOf([row('a', 1)], '2019-01-01_12', expected)];
      const sealOf = (shard: number, inputs: string) => nextSeal({ ...key('shards'), shard }, inputs, content, null);
      assert.equal(await store.seal([0, 1].map((shard) => ({ seal: sealOf(shard, 'i1'), before: null }))), true);
      assert.equal(await store.seal([{ seal: sealOf(0, 'i2'), before: sealOf(0, 'i1') }, { seal: sealOf(2, 'i2'), before: null }, { seal: sealOf(1, 'i2'), before: null }]), false);
      assert.deepEqual((await store.readSeals('shards', 'hour', [bucket])).map(({ shard, inputs }) => [shard, inputs]), [[0, 'i1'], [1, 'i1']]);
    });

    test('seals are read by their buckets, over periods and without their neighbours', async () => {
      const names = ['2019-01-01_22', '2019-01-01_23', '2019-01-02_00', '2019-01-02_01'];
      for (const bucket of names) await store.seal([{ seal: nextSeal(key('range', bucket), 'i', contentOf([row('a', 1)], bucket, expected), null), before: null }]);
      const read = async (...buckets: string[]): Promise<string[]> => (await store.readSeals('range', 'hour', buckets)).map(({ bucket }) => bucket);
      assert.deepEqual(await read(...names.slice(1, 3)), names.slice(1, 3));
      assert.deepEqual(await read('2019-01-01_21', '2019-01-01_23'), ['2019-01-01_23']);
      assert.deepEqual(await store.readSeals('range', 'day', ['2019-01-01']), []);
    });

    test('the clock of a property only goes on', async () => {
      assert.equal(await store.readClosedUntil('clock'), null);
      for (const second of [1_546_300_860, 1_546_300_800, 1_546_300_920, 1_546_300_860]) await store.moveClosedUntil('clock', second);
      assert.equal(await store.readClosedUntil('clock'), 1_546_300_920);
    });
  });
}
