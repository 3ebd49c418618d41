import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createRollupCategories } from '../../src/stores/cassandra/rollup-categories.ts';
import { rollupTables } from '../../src/stores/cassandra/rollup-tables.ts';
import { testCassandra } from '../world.ts';
import type { CategoryRow } from '../../src/domain/rollup/categories.ts';
import type { CategoryStore } from '../../src/ports/category-store.ts';

type Opened = Readonly<{ store: CategoryStore; /** A reader that something happens to before each of its reads of rows. */ disturbed: (before: () => Promise<unknown>) => CategoryStore; dispose: () => Promise<void> }>;

const plugs = [{
  name: 'cassandra',
  async open(): Promise<Opened> {
    const { cassandra, dispose } = await testCassandra(rollupTables);
    const disturbed: Opened['disturbed'] = (before) => createRollupCategories({ ...cassandra, async *pages(...asked) { await before(); yield* cassandra.pages(...asked); } });
    return { store: createRollupCategories(cassandra), disturbed, dispose };
  },
}];

const DAY = '2019-01-01';
const row = (value: string, sum: number): CategoryRow => ({ category: 'game', value, members: 1, partial: 0, sum, count: 1, figure: sum, share: 1, rank: 1 });
const dayOf = (property: string, inputs: string, sum: number) => ({ property, day: DAY, inputs, rows: [row('chess', sum)] });

for (const plug of plugs) {
  suite(`category store: ${plug.name}`, () => {
    let opened: Opened;
    before(async () => { opened = await plug.open(); });
    after(() => opened.dispose());

    test('a day is read as it was written, the newest in place of those before', async () => {
      assert.equal(await opened.store.readDay('read', DAY), null);
      for (const at of [1, 2]) {
        await opened.store.writeDay(dayOf('read', `i${at}`, at));
        assert.deepEqual(await opened.store.readDay('read', DAY), dayOf('read', `i${at}`, at));
      }
    });

    test('a reader whose rows are replaced between their name and themselves reads those that are there now', async () => {
      await opened.store.writeDay(dayOf('replaced', 'i1', 1));
      let at = 1;
      const reader = opened.disturbed(async () => { if (at < 3) await opened.store.writeDay(dayOf('replaced', `i${at += 1}`, at)); });
      assert.deepEqual(await reader.readDay('replaced', DAY), dayOf('replaced', 'i3', 3));
    });

    test('one whose rows are replaced each time ends with an error and never with a day without rows', async () => {
      await opened.store.writeDay(dayOf('restless', 'i0', 0));
      let at = 0;
      const reader = opened.disturbed(() => opened.store.writeDay(dayOf('restless', `i${at += 1}`, at)));
      await assert.rejects(reader.readDay('restless', DAY), { code: 'busy', message: 'totals of 2019-01-01 of "restless" are being made again and again; ask once more' });
    });
  });
}
