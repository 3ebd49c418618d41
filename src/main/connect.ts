import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Failure } from '../domain/failure.ts';
import { artifactFolder } from '../stores/artifact-folder.ts';
import { createActivityStore } from '../stores/cassandra/activity-store.ts';
import { activityTables } from '../stores/cassandra/activity-tables.ts';
import { connectCassandra, type CassandraOptions } from '../stores/cassandra/connection.ts';
import { createKeyStore, keyTables } from '../stores/cassandra/key-store.ts';
import { createPeopleStore, peopleTables } from '../stores/cassandra/people-store.ts';
import { createReconciliationStore, reconciliationTables } from '../stores/cassandra/reconciliation-store.ts';
import { createReleaseStore, releaseTables } from '../stores/cassandra/release-store.ts';
import { createRequestBudget, requestBudgetTables } from '../stores/cassandra/request-budget.ts';
import { applySchema } from '../stores/cassandra/schema.ts';
import { createKeyFiles } from '../stores/key-files.ts';
import type { Config } from '../config.ts';

export type Stores = Awaited<ReturnType<typeof connectStores>>;

/** Every store of this configuration, with the schema in place. Fails with `store-unavailable`. */
export async function connectStores(config: Config) {
  const cassandra = await connectCassandra(cassandraOptions(config));
  await applySchema(cassandra, [...activityTables, ...peopleTables, ...releaseTables, ...keyTables, ...reconciliationTables, ...requestBudgetTables]);
  return {
    cassandra,
    activityStore: createActivityStore({ cassandra }),
    peopleStore: createPeopleStore({ cassandra }),
    releaseStore: createReleaseStore(cassandra),
    keyStore: createKeyStore(cassandra),
    reconciliations: createReconciliationStore(cassandra),
    requestBudget: createRequestBudget(cassandra),
    keyVault: createKeyFiles({ folder: join(config.home, 'keys') }),
    artifacts: artifactFolder({ folder: join(config.home, 'artifacts') }),
    dispose: () => cassandra.dispose(),
  };
}

/** Where Cassandra answers. Contact points are `host` or `host:port`; all nodes share one port. */
export function cassandraOptions({ cassandra }: Config): CassandraOptions {
  const { contactPoints = ['127.0.0.1'], port, localDataCenter, keyspace, replicationFactor } = cassandra;
  const parts = contactPoints.map((point) => point.split(':'));
  return { contactPoints: parts.map(([host = '']) => host), port: Number(parts[0]?.[1] ?? port), localDataCenter, keyspace, replicationFactor };
}

/** Where Temporal answers: the `TEMPORAL_*` variables and profile files win, then the configuration. */
export function temporalOptions(config: Config) {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const address = config.temporal.address ?? connectionOptions.address ?? `127.0.0.1:${config.temporal.port}`;
  return { connection: { ...connectionOptions, address }, namespace: namespace ?? config.temporal.namespace };
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

/** A client of the configured server; tries again while the server comes up, for at most `patienceMs`. */
export async function connectTemporal(config: Config, patienceMs = 0) {
  const { connection: options, namespace } = temporalOptions(config);
  const connection = await patiently(patienceMs, () => Connection.connect({ ...options, connectTimeout: '5 seconds' }), options.address);
  return { connection, client: new Client({ connection, namespace }), namespace, dispose: () => connection.close() };
}

/** `connect` again and again, with growing pauses, until it succeeds or patience ends. */
export async function patiently<T>(patienceMs: number, connect: () => Promise<T>, address: string): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    try {
      return await connect();
    } catch (cause) {
      if (Date.now() + waitMs > deadline) throw new Failure('store-unavailable', `Temporal at ${address} does not answer: start it (npm start), or set TEMPORAL_ADDRESS`, { cause, isFinal: false });
      await sleep(waitMs);
    }
  }
}
