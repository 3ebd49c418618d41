import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Failure } from '../domain/failure.ts';
import { artifactFolder } from '../stores/artifact-folder.ts';
import { connectArtifactBucket } from '../stores/s3/artifact-bucket.ts';
import { createActivityStore } from '../stores/cassandra/activity-store.ts';
import { activityTables } from '../stores/cassandra/activity-tables.ts';
import { connectCassandra, type CassandraOptions } from '../stores/cassandra/connection.ts';
import { createKeyStore, keyTables } from '../stores/cassandra/key-store.ts';
import { createPeopleStore, peopleTables } from '../stores/cassandra/people-store.ts';
import { createReconciliationStore, reconciliationTables } from '../stores/cassandra/reconciliation-store.ts';
import { createReleaseStore, releaseTables } from '../stores/cassandra/release-store.ts';
import { createRequestBudget, requestBudgetTables } from '../stores/cassandra/request-budget.ts';
import { createRollupCategories } from '../stores/cassandra/rollup-categories.ts';
import { createRollupStore } from '../stores/cassandra/rollup-store.ts';
import { rollupTables } from '../stores/cassandra/rollup-tables.ts';
import { applySchema } from '../stores/cassandra/schema.ts';
import { createSeriesCopies } from '../stores/cassandra/series-copies.ts';
import { createKeyFiles } from '../stores/key-files.ts';
import type { Config } from '../config.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';

export type Stores = Awaited<ReturnType<typeof connectStores>>;

/** Every store of this configuration, with the schema in place. Fails with `store-unavailable`. */
export async function connectStores(config: Config) {
  const artifacts = await connectArtifacts(config);
  const cassandra = await connectCassandra(cassandraOptions(config));
  await applySchema(cassandra, [...activityTables, ...peopleTables, ...releaseTables, ...keyTables, ...reconciliationTables, ...requestBudgetTables, ...rollupTables]);
  return {
    cassandra,
    activityStore: createActivityStore({ cassandra }),
    peopleStore: createPeopleStore({ cassandra }),
    releaseStore: createReleaseStore(cassandra),
    keyStore: createKeyStore(cassandra),
    reconciliations: createReconciliationStore(cassandra),
    requestBudget: createRequestBudget(cassandra),
    rollupStore: createRollupStore(cassandra),
    categoryStore: createRollupCategories(cassandra),
    seriesStore: createSeriesCopies(cassandra),
    keyVault: createKeyFiles({ folder: join(config.home, 'keys') }),
    artifacts,
    dispose: async () => {
      artifacts.dispose?.();
      await cassandra.dispose();
    },
  };
}

/** Copies of what a bucket holds are no artifacts of ours: beside the folder, so that either can be swept by its own rule. */
async function connectArtifacts({ artifacts, home }: Config): Promise<ArtifactStore & { dispose?(): void }> {
  switch (artifacts.kind) {
    case 'folder':
      return artifactFolder({ folder: join(home, 'artifacts') });
    case 's3':
      return connectArtifactBucket({ ...artifacts, copies: join(home, 'artifact-copies') });
  }
}

/** Where Cassandra answers, and who asks. Contact points are `host` or `host:port`; all nodes share one port. */
export function cassandraOptions({ cassandra }: Config): CassandraOptions {
  const where = { ...placeOf(cassandra), replicationFactor: cassandra.replicationFactor };
  return cassandra.credentials ? { ...where, credentials: { username: cassandra.credentials.username, password: passwordIn(cassandra.credentials.passwordFile) } } : where;
}

/** The same for a program beside ours, which reads the password itself. */
export function cassandraPlace({ cassandra }: Config): ReturnType<typeof placeOf> & { username?: string; passwordFile?: string } {
  return { ...placeOf(cassandra), ...cassandra.credentials };
}

function placeOf({ contactPoints = ['127.0.0.1'], port, localDataCenter, keyspace }: Config['cassandra']) {
  const parts = contactPoints.map((point) => point.split(':'));
  return { contactPoints: parts.map(([host = '']) => host), port: Number(parts[0]?.[1] ?? port), localDataCenter, keyspace };
}

/** Read at each connecting, so that the configuration never holds it. The file's last line end is no part of it. */
export function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Failure('bad-configuration', `cassandra.credentials.passwordFile ${file} cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'}): expected a file with the password`, { cause });
  }
}

/** Where Temporal answers, as the configuration says; how it is spoken to (TLS, API key), as its variables and profile files say. */
export function temporalOptions({ temporal }: Config) {
  const { connectionOptions } = loadClientConnectConfig();
  return { connection: { ...connectionOptions, address: temporal.address ?? `127.0.0.1:${temporal.port}` }, namespace: temporal.namespace };
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5000;

/** A client of the configured server; tries again while the server comes up, for at most `patienceMs`. */
export async function connectTemporal(config: Config, patienceMs = 0) {
  const { connection: options, namespace } = temporalOptions(config);
  const connection = await patiently(patienceMs, () => Connection.connect({ ...options, connectTimeout: '5 seconds' }), temporalIsAway(options.address));
  return { connection, client: new Client({ connection, namespace }), namespace, dispose: () => connection.close() };
}

/**
 * `connect` again and again, with growing pauses, until it succeeds or patience ends. A final failure ends it at once.
 * A failure of ours is thrown as it is; anything else as `store-unavailable` with `sentence` and what it said itself.
 */
export async function patiently<T>(patienceMs: number, connect: () => Promise<T>, sentence: string): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
    try {
      return await connect();
    } catch (cause) {
      const isOurs = cause instanceof Failure;
      if (isOurs && cause.isFinal) throw cause;
      if (Date.now() + waitMs > deadline) throw isOurs ? cause : new Failure('store-unavailable', `${sentence} (${cause instanceof Error ? cause.message : String(cause)})`, { cause, isFinal: false });
      await sleep(waitMs);
    }
  }
}

/** What to say when the configured server does not answer. */
export function temporalIsAway(address: string): string {
  return `Temporal at ${address} does not answer: start it (npm start), or set TEMPORAL_ADDRESS`;
}
