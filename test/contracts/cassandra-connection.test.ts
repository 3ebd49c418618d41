import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { testCassandra } from '../world.ts';
import type { Cassandra } from '../../src/stores/cassandra/connection.ts';

const DRIVERS_LIMIT = 2_048;

suite('cassandra, connection', () => {
  let cassandra: Cassandra;
  let dispose: () => Promise<void>;
  before(async () => ({ cassandra, dispose } = await testCassandra(activityTables)));
  after(() => dispose());

  test('more statements at once than the driver lets a connection carry wait for one another, and each is answered', async () => {
    const days = Array.from({ length: 2 * DRIVERS_LIMIT }, (_, at) => `2026-01-01/${at}`);
    const insert = 'INSERT INTO day_manifests (property, day, generation, bytes) VALUES (?, ?, 1, ?)';
    await Promise.all(days.map((day, at) => (at % 2 === 0 ? cassandra.execute(insert, ['crowd', day, at]) : cassandra.batch([{ query: insert, params: ['crowd', day, at] }]))));
    const read = await Promise.all(days.map((day) => cassandra.execute("SELECT bytes FROM day_manifests WHERE property = 'crowd' AND day = ?", [day])));
    assert.deepEqual(read.map((result) => Number(result.first()?.bytes)), days.map((_, at) => at));
  });
});
