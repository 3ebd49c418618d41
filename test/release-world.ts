import { randomBytes } from 'node:crypto';
import { connectCassandra, type Cassandra } from '../src/stores/cassandra/connection.ts';
import { applySchema } from '../src/stores/cassandra/schema.ts';

/** A keyspace of its own on the tests' Cassandra, with the tables; dropped when disposed. */
export async function testKeyspace(tables: readonly string[]): Promise<{ cassandra: Cassandra; dispose: () => Promise<void> }> {
  const address = process.env.ALMANAC_TEST_CASSANDRA;
  if (!address) throw new Error('ALMANAC_TEST_CASSANDRA is not set: expected host:port of a running Cassandra');
  const [host, port] = address.split(':');
  const cassandra = await connectCassandra({
    contactPoints: [host ?? ''], port: Number(port), localDataCenter: 'datacenter1', keyspace: `test_${randomBytes(6).toString('hex')}`, replicationFactor: 1,
  });
  await applySchema(cassandra, tables);
  return {
    cassandra,
    async dispose() {
      await cassandra.execute(`DROP KEYSPACE ${cassandra.keyspace}`, [], { prepare: false });
      await cassandra.dispose();
    },
  };
}
