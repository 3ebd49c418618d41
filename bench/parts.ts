import { join } from 'node:path';
import { searchAttributes } from '../src/main/search-attributes.ts';
import { cassandraProcess } from '../src/parts/cassandra-node.ts';
import { freePorts } from '../src/parts/free-ports.ts';
import { createSupervisor } from '../src/parts/supervisor.ts';
import { temporalProcess } from '../src/parts/temporal-server.ts';
import type { ObtainedParts } from '../src/parts/obtain-all.ts';

/** One Cassandra and one Temporal server, set up as the embedded default is. */
export interface BenchParts {
  /** Folder of this run; removed by who made it. */
  readonly home: string;
  readonly cassandra: { readonly host: string; readonly port: number; readonly pid: number };
  /** host:port */
  readonly temporalAddress: string;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
/** The default of `cassandra.heapMb` in the configuration. */
const heapMb = 512;

export async function startParts(home: string, parts: ObtainedParts): Promise<BenchParts> {
  const supervisor = createSupervisor({ home: join(home, 'parts'), log: () => undefined });
  const [native, storage, temporal, ui] = (await freePorts({ count: 4 })) as [number, number, number, number];
  try {
    const [cassandra] = await Promise.all([
      supervisor.start(cassandraProcess({ folder: join(home, 'cassandra'), address: host, nativePort: native, storagePort: storage, heapMb, commitLogSync: 'group', jars: parts.cassandraJars, java: parts.java })),
      supervisor.start(temporalProcess({ folder: join(home, 'temporal'), port: temporal, uiPort: ui, binary: parts.temporalBinary, searchAttributes })),
    ]);
    if (cassandra.pid === undefined) throw new Error('Cassandra ended as soon as it was ready');
    return { home, cassandra: { host, port: native, pid: cassandra.pid }, temporalAddress: `${host}:${temporal}`, stop: () => supervisor.stopAll() };
  } catch (error) {
    await supervisor.stopAll();
    throw error;
  }
}
