import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { applySchema } from '../../src/stores/cassandra/schema.ts';
import { testCassandra } from '../world.ts';
import type { Cassandra } from '../../src/stores/cassandra/connection.ts';

suite('cassandra, schema', () => {
  let cassandra: Cassandra;
  let dispose: () => Promise<void>;
  before(async () => ({ cassandra, dispose } = await testCassandra(activityTables.map((statement) => statement.replace(/^ +bytes_billed bigint,\n/m, '')))));
  after(() => dispose());

  test('a table of before gets the columns that were added since, its rows stay; twice and by two at once is once', async () => {
    await cassandra.execute("INSERT INTO day_manifests (property, day, generation, state, bytes) VALUES ('p', '2026-01-01', 1, 'final', 7)", []);
    assert.equal(await billed(), 0);
    await Promise.all([applySchema(cassandra, activityTables), applySchema(cassandra, activityTables)]);
    await applySchema(cassandra, activityTables);
    assert.equal(await billed(), 1);
    const row = (await cassandra.execute("SELECT bytes, bytes_billed FROM day_manifests WHERE property = 'p' AND day = '2026-01-01' AND generation = 1", [])).first();
    assert.deepEqual([Number(row?.bytes), row?.bytes_billed], [7, null]);
  });

  const billed = async (): Promise<number> => (await cassandra.execute("SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = 'day_manifests' AND column_name = 'bytes_billed'", [cassandra.keyspace])).rows.length;
});
