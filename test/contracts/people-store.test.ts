import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createPeopleStore, peopleTables } from '../../src/stores/cassandra/people-store.ts';
import { testCassandra } from '../world.ts';
import type { KindRow, PeopleStore } from '../../src/ports/people-store.ts';

/** More people than a page of the store has, of whom the first page's are not scored yet. */
suite('people of a week', () => {
  let world: Awaited<ReturnType<typeof testCassandra>>;
  let store: PeopleStore;
  before(async () => {
    world = await testCassandra(peopleTables);
    store = createPeopleStore(world);
    await store.ensureWeekTable(shard.week);
  });
  after(() => world.dispose());

  const shard = { property: 'shop', week: '2026-W09', revision: 1, shard: 0 };
  const people = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => `p${String(from + index).padStart(5, '0')}`);

  test('all who have a prediction are read in the order of users, over as many pages as there are, and nobody else', async () => {
    await store.writeRecent(shard, 1, people(0, 1200).map((user) => ({ user, features: [1] })));
    await store.writeScores(shard, 1, people(600, 1200).map((user, index) => ({ user, features: [1], prediction: index / 1200, decile: 1 })));
    await store.writeScores({ ...shard, shard: 1 }, 1, [{ user: 'of-another-shard', features: [1], prediction: 0.5, decile: 5 }]);
    await store.writeScores({ ...shard, revision: 2 }, 1, [{ user: 'of-another-revision', features: [1], prediction: 0.5, decile: 5 }]);
    assert.deepEqual((await rowsOf(store.readScores(shard))).map(({ user }) => user), people(600, 1200));
  });

  test('everybody\'s kind is read in the order of users, and goes with the week', async () => {
    const kinds = people(0, 1200).map((user, index): KindRow => ({ user, kind: ((index % 4) + 1) as KindRow['kind'] }));
    await store.writeKinds(shard, kinds.toReversed());
    assert.deepEqual(await rowsOf(store.readKinds(shard)), kinds);
    await store.clearWeek({ property: 'shop', week: shard.week, revisions: [1], shardCount: 1 });
    assert.deepEqual(await rowsOf(store.readKinds(shard)), []);
  });

  test('two properties share the table of a week and nothing in it; clearing one leaves the other', async () => {
    const [mine, theirs] = [{ ...shard, property: 'mine' }, { ...shard, property: 'theirs' }];
    const names = async (of: typeof shard): Promise<string[]> => (await rowsOf(store.readScores(of))).map(({ user, prediction }) => `${user} ${prediction}`);
    for (const [of, prediction] of [[mine, 0.25], [theirs, 0.75]] as const) {
      await store.writeScores(of, 1, people(0, 3).map((user) => ({ user, features: [1], prediction, decile: 1 })));
      await store.writeKinds(of, [{ user: 'p00000', kind: 3 }]);
    }
    assert.deepEqual(await names(mine), people(0, 3).map((user) => `${user} 0.25`));
    await store.clearWeek({ property: 'mine', week: shard.week, revisions: [1], shardCount: 1 });
    assert.deepEqual(await names(mine), []);
    assert.deepEqual(await names(theirs), people(0, 3).map((user) => `${user} 0.75`));
    assert.deepEqual(await rowsOf(store.readKinds(theirs)), [{ user: 'p00000', kind: 3 }]);
  });
});

async function rowsOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const row of stream) rows.push(row);
  return rows;
}
