import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createPeopleStore, peopleTables } from '../../src/stores/cassandra/people-store.ts';
import { testCassandra } from '../world.ts';
import type { PeopleStore } from '../../src/ports/people-store.ts';

/** Two runs of a cohort under one name, in any order of late and repeated calls. */
suite('scores of a cohort', () => {
  let world: Awaited<ReturnType<typeof testCassandra>>;
  let store: PeopleStore;
  before(async () => {
    world = await testCassandra(peopleTables);
    store = createPeopleStore(world);
  });
  after(() => world.dispose());

  const [firstUs, secondUs] = [1_700_000_000_000_000, 1_700_000_000_001_000];
  const clear = (cohort: string, runUs: number) => store.clearCohort({ property: 'shop', cohort, shardCount: 2, runUs });
  const write = (cohort: string, runUs: number, users: readonly string[]) =>
    store.writeCohortScores({ property: 'shop', cohort, shard: 1, runUs }, users.map((user) => ({ user, features: [1, 2], prediction: 0.25, decile: 3 })));
  const users = async (cohort: string): Promise<string[]> => {
    const read: string[] = [];
    for await (const { user } of store.readCohortScores({ property: 'shop', cohort, shard: 1 })) read.push(user);
    return read;
  };

  test('a smaller second list leaves nobody of the first', async () => {
    await clear('list', firstUs);
    await write('list', firstUs, ['ann', 'ben', 'cat']);
    await clear('list', secondUs);
    assert.deepEqual(await users('list'), []);
    await write('list', secondUs, ['ben']);
    assert.deepEqual(await users('list'), ['ben']);
  });

  test('clearing again, after scoring has begun, removes nothing of the own run', async () => {
    await write('again', secondUs, ['ann', 'ben']);
    await clear('again', secondUs);
    await clear('again', firstUs);
    assert.deepEqual(await users('again'), ['ann', 'ben']);
  });

  test('what the first run writes late stays removed, and a cohort of another name stays', async () => {
    await write('other', firstUs, ['dan']);
    await clear('late', secondUs);
    await write('late', secondUs, ['ben']);
    await write('late', firstUs, ['ann', 'ben']);
    assert.deepEqual(await users('late'), ['ben']);
    assert.deepEqual(await users('other'), ['dan']);
  });
});
