import path from 'node:path';
import { Client } from 'cassandra-driver';
import { writeCassandraConfig } from './cassandra-config.ts';
import type { CassandraLayout } from './cassandra-config.ts';
import { cassandraJavaArgs } from './cassandra-java.ts';
import { launch, waitUntilReady } from './launch.ts';
import type { Exit } from './launch.ts';
import { assertPortFree, portAdvice } from './port-owner.ts';
import type { Log, ProcessSpec } from './process-spec.ts';

export interface CassandraOptions extends CassandraLayout {
  readonly heapMb: number;
  /** Folder of Cassandra's jars, as obtained. */
  readonly jars: string;
  readonly java: string;
}

export interface CassandraNode {
  readonly pid: number;
  readonly address: string;
  readonly port: number;
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
}

/** One node with its data in `folder`, ready when a SELECT works (7 s on a quiet machine, waited for up to 150 s). */
export async function startCassandra(options: CassandraOptions & { log: Log }): Promise<CassandraNode> {
  const spec = cassandraProcess(options);
  const logFile = path.join(options.folder, 'log', 'console.log');
  const began = performance.now();
  const launched = await launch({ spec, logFile });
  await waitUntilReady({ spec, launched, logFile });
  options.log('cassandra is ready', { pid: launched.pid, port: options.nativePort, seconds: Math.round((performance.now() - began) / 100) / 10 });
  return { pid: launched.pid, address: options.address, port: options.nativePort, exited: launched.exited, stop: launched.stop };
}

/** The same node as something to supervise. */
export function cassandraProcess(options: CassandraOptions): ProcessSpec {
  const config = writeCassandraConfig(options);
  return {
    name: 'cassandra',
    command: options.java,
    args: cassandraJavaArgs({ ...options, ...config }),
    cwd: options.folder,
    prepare: () => prepare(options),
    ready: () => select(options),
    readyTimeoutMs: 150_000,
    stopSignal: 'SIGTERM', // its shutdown hook stops serving, then syncs the commit log
    stopTimeoutMs: 60_000,
  };
}

async function prepare(options: CassandraOptions): Promise<void> {
  const { address, nativePort, storagePort } = options;
  const advice = portAdvice({ portSetting: 'ALMANAC_CASSANDRA_PORT', addressSetting: 'ALMANAC_CASSANDRA' });
  await assertPortFree({ port: nativePort, address, advice });
  await assertPortFree({ port: storagePort, address, advice: 'Set ALMANAC_CASSANDRA_STORAGE_PORT.' });
}

async function select(options: CassandraOptions): Promise<void> {
  const client = new Client({
    contactPoints: [options.address],
    localDataCenter: 'datacenter1',
    // Named here too: the driver looks for discovered nodes on 9042 otherwise, and silently leaves them out.
    protocolOptions: { port: options.nativePort },
    socketOptions: { connectTimeout: 2000, readTimeout: 5000 },
  });
  try {
    await client.execute('SELECT release_version FROM system.local');
  } finally {
    await client.shutdown();
  }
}
