import cassandra from 'cassandra-driver';
import pLimit from 'p-limit';
import { translateCassandraError } from './errors.ts';
import type { Client, types } from 'cassandra-driver';

export interface CassandraOptions {
  /** Host names or addresses without a port. */
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly localDataCenter: string;
  /** Created when it is absent. */
  readonly keyspace: string;
  readonly replicationFactor: number;
  readonly credentials?: { readonly username: string; readonly password: string };
}

export interface Statement {
  readonly query: string;
  readonly params: readonly unknown[];
}

/** What a conditional write said; `unknown` when it may or may not have been applied: read again before deciding. */
export type ConditionalOutcome = 'applied' | 'refused' | 'unknown';

export interface PageOptions {
  readonly pageRows: number;
  readonly consistency?: number;
}

/**
 * One connected session. Every statement is prepared; every failure of the cluster is `store-unavailable`. However many steps of
 * a worker ask at once, statements wait for one another here: the driver refuses what is over its own limit of a connection.
 */
export interface Cassandra {
  readonly client: Client;
  readonly keyspace: string;
  /** A read or an upsert: idempotent, so the driver may send it again. */
  execute(query: string, params?: readonly unknown[], options?: cassandra.QueryOptions): Promise<types.ResultSet>;
  /** Unlogged and inside one partition: the caller bounds rows and bytes. */
  batch(statements: readonly Statement[]): Promise<void>;
  /** `INSERT … IF NOT EXISTS`, `UPDATE … IF`: at LOCAL_SERIAL, never repeated by the driver. */
  conditional(query: string, params: readonly unknown[]): Promise<ConditionalOutcome>;
  /** Rows page by page; the next page is asked for only when the reader comes back. */
  pages(query: string, params: readonly unknown[], options: PageOptions): AsyncIterable<readonly types.Row[]>;
  /** One page and where the next begins (null at the end). */
  page(query: string, params: readonly unknown[], options: PageOptions & { readonly pageState?: string | null }): Promise<{ rows: readonly types.Row[]; next: string | null }>;
  dispose(): Promise<void>;
}

const { consistencies } = cassandra.types;
const RECONNECT_MS = 1_000;
/** Half of what the driver lets one connection have under way (`pooling.maxRequestsPerConnection`, 2,048): it sends statements again, and prepares them. */
const STATEMENTS_IN_FLIGHT = 1_024;
/** Of native protocol v5, section 9; the driver has no name for it. */
const CAS_WRITE_UNKNOWN = 0x1700;

/** Connects, creating the keyspace when it is absent. Fails with `store-unavailable`. */
export async function connectCassandra(options: CassandraOptions): Promise<Cassandra> {
  if (!/^[a-z][a-z0-9_]{0,47}$/.test(options.keyspace)) throw new RangeError(`"${options.keyspace}" is not a keyspace; expected a-z, 0-9 and _`);
  const where = `Cassandra at ${options.contactPoints.join(', ')}:${options.port}`;
  await createKeyspace(options, where);
  const client = createClient(options, options.keyspace);
  await connect(client, where);
  return sessionOf(client, options.keyspace, where);
}

function sessionOf(client: Client, keyspace: string, where: string): Cassandra {
  // Who waits is bounded by those that ask: each has a limit of its own.
  const inTurn = pLimit(STATEMENTS_IN_FLIGHT);
  const run = async (query: string, params: readonly unknown[], options: cassandra.QueryOptions): Promise<types.ResultSet> => {
    try {
      return await inTurn(() => client.execute(query, params as unknown[], options));
    } catch (cause) {
      throw translateCassandraError(cause, where);
    }
  };
  const page: Cassandra['page'] = async (query, params, { pageRows, pageState, consistency }) => {
    const options: cassandra.QueryOptions = { prepare: true, isIdempotent: true, autoPage: false, fetchSize: pageRows };
    if (pageState) options.pageState = pageState;
    if (consistency !== undefined) options.consistency = consistency;
    const result = await run(query, params, options);
    return { rows: result.rows, next: result.pageState ?? null };
  };
  return {
    client,
    keyspace,
    page,
    execute: (query, params = [], options = {}) => run(query, params, { prepare: true, isIdempotent: true, ...options }),
    batch: async (statements) => {
      try {
        await inTurn(() => client.batch(statements as { query: string; params: unknown[] }[], { prepare: true, logged: false, isIdempotent: true }));
      } catch (cause) {
        throw translateCassandraError(cause, where);
      }
    },
    conditional: async (query, params) => {
      try {
        const result = await inTurn(() => client.execute(query, params as unknown[], { prepare: true, isIdempotent: false }));
        return result.wasApplied() ? 'applied' : 'refused';
      } catch (cause) {
        if (mayHaveBeenApplied(cause)) return 'unknown';
        throw translateCassandraError(cause, where);
      }
    },
    async *pages(query, params, options) {
      let pageState: string | null = null;
      do {
        const { rows, next } = await page(query, params, { ...options, pageState });
        pageState = next;
        if (rows.length > 0) yield rows;
      } while (pageState !== null);
    },
    dispose: () => client.shutdown(),
  };
}

async function createKeyspace(options: CassandraOptions, where: string): Promise<void> {
  const client = createClient(options);
  try {
    await connect(client, where);
    const known = await client.execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [options.keyspace], { prepare: true });
    if (known.rowLength > 0) return;
    await client.execute(
      `CREATE KEYSPACE IF NOT EXISTS ${options.keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${options.localDataCenter.replaceAll("'", '')}': ${Math.trunc(options.replicationFactor)}}`,
    );
  } catch (cause) {
    throw translateCassandraError(cause, where);
  } finally {
    await client.shutdown();
  }
}

function createClient(options: CassandraOptions, keyspace?: string): Client {
  const client = new cassandra.Client({
    contactPoints: [...options.contactPoints],
    localDataCenter: options.localDataCenter,
    // Without it the driver looks for discovered peers on 9042 and silently uses none of them.
    protocolOptions: { port: options.port },
    ...(keyspace === undefined ? {} : { keyspace }),
    ...(options.credentials === undefined ? {} : { credentials: { ...options.credentials } }),
    // An undefined parameter leaves its column unset: a written null would be a tombstone.
    encoding: { useUndefinedAsUnset: true },
    queryOptions: { consistency: consistencies.localQuorum, serialConsistency: consistencies.localSerial },
    pooling: { warmup: true },
    socketOptions: { connectTimeout: 5_000, readTimeout: 20_000 },
    // The driver's own waits double up to ten minutes: a node that was away for one minute would be missed for two.
    policies: { reconnection: new cassandra.policies.reconnection.ConstantReconnectionPolicy(RECONNECT_MS) },
  });
  // The driver replaces its record of a node that was away and leaves the old one reconnecting every second. Not drained
  // first: a drained pool counts as one that may be opened again.
  client.on('hostRemove', (host: { shutdown(waitForPending: boolean): Promise<void> }) => void host.shutdown(false).catch(() => undefined));
  return client;
}

async function connect(client: Client, where: string): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    await client.shutdown().catch(() => undefined);
    throw translateCassandraError(cause, where);
  }
}

function mayHaveBeenApplied(cause: unknown): boolean {
  if (cause instanceof cassandra.errors.OperationTimedOutError) return true;
  if (!(cause instanceof cassandra.errors.ResponseError)) return cause instanceof cassandra.errors.NoHostAvailableError;
  const { writeTimeout, writeFailure, serverError } = cassandra.types.responseErrorCodes;
  return [writeTimeout, writeFailure, serverError, CAS_WRITE_UNKNOWN].some((code) => Number(code) === cause.code);
}
