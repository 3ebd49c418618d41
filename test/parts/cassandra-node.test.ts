import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from 'cassandra-driver';
import { startCassandra } from '../../src/parts/cassandra-node.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { connectCassandra } from '../../src/stores/cassandra/connection.ts';
import { eventually } from '../stack.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import type { CassandraNode, CassandraOptions } from '../../src/parts/cassandra-node.ts';

describe('one Cassandra node', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-cassandra-'));
  const running: CassandraNode[] = [];
  let options: CassandraOptions;

  before(async () => {
    const parts = await obtainParts({ report: () => {}, without: ['temporal', 'libtensorflow'] });
    const [nativePort = 0, storagePort = 0] = await freePorts({ count: 2 });
    options = { folder, address: '127.0.0.1', nativePort, storagePort, heapMb: 256, commitLogSync: 'group', jars: parts.cassandraJars, java: parts.java };
  });
  after(async () => {
    await Promise.all(running.map((node) => node.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  test('keeps every acknowledged row through kill -9', async () => {
    const first = await start(options);
    const writer = connect(options);
    await writer.execute("CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    await writer.execute('CREATE TABLE kept.rows (id int PRIMARY KEY, text text)');
    const insert = (id: number) => writer.execute('INSERT INTO kept.rows (id, text) VALUES (?, ?)', [id, 'x'.repeat(180)], { prepare: true });
    for (let from = 0; from < 1000; from += 100) await Promise.all(Array.from({ length: 100 }, (_, index) => insert(from + index)));
    process.kill(first.pid, 'SIGKILL');
    assert.equal((await first.exited).signal, 'SIGKILL');
    await writer.shutdown();

    await start(options);
    const reader = connect(options);
    const { rows } = await reader.execute('SELECT count(*) AS n FROM kept.rows');
    await reader.shutdown();
    assert.equal(Number(rows[0]?.n), 1000);
  });

  test('a session that outlives its node twice is left with one open pool', async () => {
    const session = await connectCassandra({ contactPoints: ['127.0.0.1'], port: options.nativePort, localDataCenter: 'datacenter1', keyspace: 'outlived', replicationFactor: 1 });
    const known = new Set<{ pool: { isClosing(): boolean } }>();
    const look = (): void => session.client.hosts.forEach((host) => known.add(host as unknown as { pool: { isClosing(): boolean } }));
    look();
    for (let times = 0; times < 2; times += 1) {
      const node = running.at(-1)!; // started by the test above
      process.kill(node.pid, 'SIGKILL');
      await node.exited;
      await start(options);
      await eventually(() => session.execute('SELECT key FROM system.local').then(() => true, () => false), 30_000, 'an answer from the node that came back');
      look();
    }
    assert.equal([...known].filter(({ pool }) => !pool.isClosing()).length, 1);
    await session.dispose();
  });

  test('a second node on the same port is refused by naming the owner and what to set', async () => {
    const owner = running.at(-1)?.pid;
    await assert.rejects(startCassandra({ ...options, folder: path.join(folder, 'second'), log: () => {} }), {
      message: `port ${options.nativePort} is in use by process ${owner} (java). Set ALMANAC_CASSANDRA_PORT, or point ALMANAC_CASSANDRA at it.`,
    });
  });

  test('a node that cannot start fails at once with the line that says why', async () => {
    const [nativePort = 0, storagePort = 0] = await freePorts({ count: 2 });
    const began = performance.now();
    await assert.rejects(
      startCassandra({ ...options, folder: path.join(folder, 'no-heap'), nativePort, storagePort, heapMb: 1, log: () => {} }),
      /^Error: cassandra ended with 1 while starting: Error occurred during initialization of VM · Too small maximum heap$/,
    );
    assert.ok(performance.now() - began < 60_000);
  });

  async function start(wanted: CassandraOptions): Promise<CassandraNode> {
    const node = await startCassandra({ ...wanted, log: () => {} });
    running.push(node);
    return node;
  }
});

function connect(options: CassandraOptions): Client {
  return new Client({ contactPoints: [options.address], localDataCenter: 'datacenter1', protocolOptions: { port: options.nativePort } });
}
