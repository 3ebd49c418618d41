import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { bucketOfReadings } from '../../src/domain/rollup/bucket.ts';
import { spanOf, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { markOf, NOTHING_COPIED, withRow } from '../../src/domain/rollup/series-copy.ts';
import { rollupTables } from '../../src/stores/cassandra/rollup-tables.ts';
import { createSeriesCopies } from '../../src/stores/cassandra/series-copies.ts';
import { testCassandra } from '../world.ts';
import type { CopiedBucket, CopyKey, SeriesCopies, SeriesStore } from '../../src/ports/series-store.ts';

const plugs = [{
  name: 'cassandra',
  async open(): Promise<{ store: SeriesStore & SeriesCopies; dispose: () => Promise<void> }> {
    const { cassandra, dispose } = await testCassandra(rollupTables);
    return { store: createSeriesCopies(cassandra), dispose };
  },
}];

const expected = { platforms: ['x', 'y'], everySeconds: 60, timeZone: 'UTC' };
const row = (member: string, platform: string, ...values: number[]) => ({ member, platform, ...bucketOfReadings(values) });

function bucketFor(level: Level, bucket: string, rows: ReturnType<typeof row>[], { revision = 1, shard = 0, keepSeconds = 0 } = {}): CopiedBucket {
  const seal = { ...nextSeal({ property: 'p', level, bucket, shard }, 'i', contentOf(rows, bucket, expected), null), revision };
  return { seal, digest: rows.reduce(withRow, NOTHING_COPIED).digest, start: spanOf(bucket, 'UTC').from, rows, keepSeconds };
}

for (const plug of plugs) {
  suite(`series store: ${plug.name}`, () => {
    let store: SeriesStore & SeriesCopies;
    let dispose: () => Promise<void>;
    before(async () => { ({ store, dispose } = await plug.open()); });
    after(() => dispose());

    async function aCopy(property: string, request = 'one'): Promise<CopyKey> {
      const key = { property, copy: await store.openCopy(property, request, 1000) };
      await store.ensureTable(key);
      return key;
    }
    const turn = (key: CopyKey): Promise<boolean> => store.turnTo(key, { buckets: 1, rows: 2 }, 2000);
    const read = async (property: string, member: string, from = '2019-01-01', to = '2020-12-31', level: Level = 'hour') =>
      (await store.readSeries({ property, level, member, span: { from: spanOf(from, 'UTC').from, to: spanOf(to, 'UTC').to } }))?.map(({ bucket, revision, rows }) => [bucket, revision, rows]) ?? null;

    test('a property without a copy says so; one with a copy has its members\' buckets in the order of time, over periods, of one level', async () => {
      assert.equal(await read('read', 'm'), null);
      const key = await aCopy('read');
      const rows = [row('m', 'x', 1, 2), row('m', 'y', 5), row('n', 'x', 9)];
      const names = ['2019-01-31_23', '2019-02-01_00', '2019-12-31_23', '2020-01-01_00'];
      await store.writeBuckets(key, names.toReversed().map((bucket) => bucketFor('hour', bucket, rows)));
      await store.writeBuckets(key, [bucketFor('day', '2019-02-01', [row('m', 'x', 7)])]);
      assert.equal(await read('read', 'm'), null, 'nobody reads it yet');
      assert.equal(await turn(key), true);
      assert.deepEqual(await read('read', 'm'), names.map((bucket) => [bucket, 1, rows.slice(0, 2)]));
      assert.deepEqual((await read('read', 'n', '2019-02-01', '2019-12-31_22'))?.map(([bucket]) => bucket), ['2019-02-01_00']);
      assert.deepEqual(await read('read', 'm', '2019-02-01', '2019-02-01', 'day'), [['2019-02-01', 1, [row('m', 'x', 7)]]]);
      assert.deepEqual([await read('read', 'nobody'), await read('read', '')], [[], []]);
    });

    test('the newest revision of a bucket stays, whoever writes last; what is there is marked', async () => {
      const key = await aCopy('revisions');
      await turn(key);
      const [first, second] = [1, 2].map((revision) => bucketFor('hour', '2019-01-01_05', [row('m', 'x', revision), row('m', 'y', revision)], { revision, shard: 3 }));
      await store.writeBuckets(key, [second!]); // there are two
      await store.writeBuckets(key, [first!]);
      assert.deepEqual(await read('revisions', 'm'), [['2019-01-01_05', 2, second!.rows]]);
      const marks = await store.readMarks(key, 'hour', spanOf('2019-01-01', 'UTC'));
      assert.deepEqual([...marks], [[markOf(spanOf('2019-01-01_05', 'UTC').from, 3), { checksum: second!.seal.checksum, digest: second!.digest }]]);
      assert.equal((await store.readMarks(key, 'hour', spanOf('2019-01-02', 'UTC'))).size, 0);
    });

    test('many buckets of many members are all there, and each member and period is known', async () => {
      const key = await aCopy('many');
      const names = Array.from({ length: 60 }, (_, at) => `2019-01-01_05-${String(at).padStart(2, '0')}`);
      const rows = ['a', 'b', 'c'].flatMap((member) => ['x', 'y'].map((platform) => row(member, platform, 1)));
      await store.writeBuckets(key, names.map((bucket) => bucketFor('minute', bucket, rows)));
      const known = [];
      for await (const page of store.readMembers(key)) known.push(...page);
      assert.deepEqual(known.sort((a, b) => (a.member < b.member ? -1 : 1)), ['a', 'b', 'c'].map((member) => ({ level: 'minute', member, period: '2019-01-01' })));
      const held = [];
      for await (const page of store.readPeriod(key, { level: 'minute', member: 'b', period: '2019-01-01' })) held.push(...page);
      assert.deepEqual(held, names.flatMap((bucket) => ['x', 'y'].map((platform) => ({ start: spanOf(bucket, 'UTC').from, row: row('b', platform, 1) }))));
    });

    test('a bucket is kept as long as it is said, with its mark', async () => {
      const key = await aCopy('short');
      await turn(key);
      await store.writeBuckets(key, [bucketFor('hour', '2019-01-01_05', [row('m', 'x', 1)], { keepSeconds: 1 }), bucketFor('hour', '2019-01-01_06', [row('m', 'x', 1)])]);
      const deadline = Date.now() + 15_000;
      while ((await read('short', 'm'))?.length !== 1) if (Date.now() > deadline) assert.fail('kept for 15 s instead of one');
      assert.equal((await store.readMarks(key, 'hour', spanOf('2019-01-01', 'UTC'))).size, 1);
    });

    test('a request has one number, numbers are never used again, and readers never go back to an older copy', async () => {
      const numbers = await Promise.all(Array.from({ length: 5 }, () => store.openCopy('numbers', 'one', 1000)));
      assert.deepEqual(numbers, [1, 1, 1, 1, 1]);
      const [first, second] = [await aCopy('numbers', 'one'), await aCopy('numbers', 'two')];
      assert.deepEqual([await store.hasTable(first), await store.hasTable({ property: 'numbers', copy: 9 })], [true, false]);
      assert.deepEqual((await Promise.all([turn(second), turn(second)])).concat(await turn(second)), [true, true, true]);
      assert.equal(await turn(first), false);
      assert.deepEqual(await store.readLive('numbers'), { copy: 2, sinceMs: 2000 });
      for (let round = 0; round < 2; round += 1) await store.dropTable(first, 3000);
      assert.equal(await store.hasTable(first), false);
      assert.deepEqual(await store.listCopies('numbers'), [{ ...second, openedAtMs: 1000, verified: { atMs: 2000, buckets: 1, rows: 2 } }]);
      assert.equal(await store.openCopy('numbers', 'three', 1000), 3);
      await assert.rejects(store.ensureTable({ property: 'a"b', copy: 1 }), RangeError);
    });

    test('a reader whose copy is dropped under it reads the one that took its place; where none did, it hears of it', async () => {
      const [old, next] = [await aCopy('swap', 'one'), await aCopy('swap', 'two')];
      for (const [key, value] of [[old, 1], [next, 2]] as const) await store.writeBuckets(key, [bucketFor('hour', '2019-01-01_05', [row('m', 'x', value)])]);
      await turn(old);
      const answers: unknown[] = [];
      let isOver = false;
      const readers = Array.from({ length: 4 }, async () => { while (!isOver) answers.push((await read('swap', 'm'))?.[0]?.[2]); });
      await turn(next);
      await store.dropTable(old, 3000); // without any grace
      for (const had = answers.length; answers.length < had + 8;) await read('swap', 'm');
      isOver = true;
      await Promise.all(readers);
      for (const answer of answers) assert.ok([1, 2].some((value) => JSON.stringify(answer) === JSON.stringify([row('m', 'x', value)])), JSON.stringify(answer));
      assert.deepEqual(answers.at(-1), [row('m', 'x', 2)]);
      await store.dropTable(next, 3000);
      await assert.rejects(read('swap', 'm'));
    });
  });
}
