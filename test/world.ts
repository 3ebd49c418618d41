import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../src/main/search-attributes.ts';
import { connectCassandra, type Cassandra } from '../src/stores/cassandra/connection.ts';
import { applySchema } from '../src/stores/cassandra/schema.ts';

/** `host:port` of a real part that the test runner has started. */
function addressOf(variable: string, part: string): { host: string; port: number } {
  const value = process.env[variable];
  const match = /^([^:]+):(\d+)$/.exec(value ?? '');
  if (!match?.[1]) throw new Error(`${variable} is ${value === undefined ? 'not set' : `"${value}"`}: expected host:port of a running ${part}. \`npm test\` starts one and sets it.`);
  return { host: match[1], port: Number(match[2]) };
}

/** A new keyspace on the test's Cassandra with these tables; dropped on dispose. */
export async function testCassandra(tables: readonly string[] = []): Promise<{ cassandra: Cassandra; dispose(): Promise<void> }> {
  const { host, port } = addressOf('ALMANAC_TEST_CASSANDRA', 'Cassandra');
  const keyspace = `test_${uniqueName()}`;
  const cassandra = await connectCassandra({ contactPoints: [host], port, localDataCenter: 'datacenter1', keyspace, replicationFactor: 1 });
  await applySchema(cassandra, tables);
  return {
    cassandra,
    async dispose() {
      await cassandra.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { prepare: false, readTimeout: 60_000 });
      await cassandra.dispose();
    },
  };
}

export interface TestTemporal {
  readonly address: string;
  readonly client: Client;
  /** For workers. */
  readonly connection: NativeConnection;
  /** A queue of its own for each test. */
  readonly taskQueue: string;
  dispose(): Promise<void>;
}

/** Connections to the test's Temporal server and a task queue that nobody else has. */
export async function testTemporal(): Promise<TestTemporal> {
  const { host, port } = addressOf('ALMANAC_TEST_TEMPORAL', 'Temporal server');
  const address = `${host}:${port}`;
  const outer = await Connection.connect({ address });
  const connection = await NativeConnection.connect({ address });
  return {
    address,
    connection,
    client: new Client({ connection: outer }),
    taskQueue: `test-${uniqueName()}`,
    async dispose() {
      await connection.close();
      await outer.close();
    },
  };
}

const { INDEXED_VALUE_TYPE_KEYWORD: Keyword, INDEXED_VALUE_TYPE_INT: Int } = proto.temporal.api.enums.v1.IndexedValueType;
const valueTypes = { Keyword, Int };

/** A new namespace on the test's Temporal server, which its workers share with nobody; gives its name. */
export async function testNamespace(): Promise<string> {
  const { client, dispose } = await testTemporal();
  const namespace = `test-${uniqueName()}`;
  try {
    await client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') });
    await client.connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(Object.entries(searchAttributes).map(([name, type]) => [name, valueTypes[type]])) });
  } finally {
    await dispose();
  }
  return namespace;
}

/** An empty folder; removed on dispose. */
export async function testFolder(): Promise<{ folder: string; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'almanac-test-'));
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** Letters and digits that no other test has. */
export function uniqueName(): string {
  return randomBytes(6).toString('hex');
}
