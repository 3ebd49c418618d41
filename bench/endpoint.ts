import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf, median, peakMiBOf, quantile, type Figure } from './measure.ts';
import { bearer, endpointWorld } from '../test/http/endpoint-world.ts';
import type { CassandraOptions } from '../src/stores/cassandra/connection.ts';
import type { BenchParts } from './parts.ts';

const [connections, warmUpMs, people] = [32, 2_000, 2_000];

interface Server {
  readonly name: 'endpoint' | 'bare';
  readonly port: number;
  readonly child: ChildProcess;
  readonly pid: number;
}

interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuSeconds: number;
}

/**
 * Requests/s of the endpoint against a bare node:http server that does the same lookup, each a process of its own on the
 * same Cassandra. Rounds alternate, and the ratio is of each pair.
 */
export async function benchEndpoint(parts: BenchParts, { rounds, roundMs }: { rounds: number; roundMs: number }): Promise<Figure[]> {
  // The world of the endpoint's tests finds its store there.
  process.env.ALMANAC_TEST_CASSANDRA = `${parts.cassandra.host}:${parts.cassandra.port}`;
  const world = await endpointWorld();
  const users = Array.from({ length: people }, (_, index) => `${index}`);
  await world.releaseStore.goLive(await world.stage({ property: 'shop' }, users));
  const { authorization = '' } = bearer(await world.key('2011-W48'));
  const store: CassandraOptions = { contactPoints: [parts.cassandra.host], port: parts.cassandra.port, localDataCenter: 'datacenter1', keyspace: world.cassandra.keyspace, replicationFactor: 1 };
  const servers = await Promise.all([start('endpoint', store), start('bare', store)]);
  try {
    const loads: Record<Server['name'], Load[]> = { endpoint: [], bare: [] };
    for (const server of servers) await load(server, users, authorization, warmUpMs);
    for (let round = 0; round < rounds; round += 1) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) loads[server.name].push(await load(server, users, authorization, roundMs));
    }
    const pairs = loads.endpoint.map(({ perSecond }, round) => perSecond / (loads.bare[round]?.perSecond ?? Number.NaN));
    const line = (what: string, server: Server): Figure => ({
      bench: 'endpoint', what, value: median(loads[server.name].map(({ perSecond }) => perSecond)), unit: 'requests/s',
      cpuSeconds: loads[server.name].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0), peakMiB: peakMiBOf(server.pid),
      note: `p99 ${median(loads[server.name].map(({ p99Ms }) => p99Ms)).toFixed(1)} ms, ${loads[server.name].reduce((sum, { requests }) => sum + requests, 0)} requests`,
    });
    return [
      { bench: 'endpoint', what: 'requests/s against a bare node:http server', value: median(pairs), unit: '×', aim: { atLeast: 0.8 }, note: `median of ${rounds} alternating rounds of ${roundMs / 1000} s, ${connections} connections` },
      line('  the endpoint', servers[0]),
      line('  bare node:http, the same lookup', servers[1]),
    ];
  } finally {
    await Promise.all(servers.map(stop));
    await world.dispose();
  }
}

async function start(name: Server['name'], store: CassandraOptions): Promise<Server> {
  const program = fileURLToPath(new URL('endpoint-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, name, JSON.stringify(store)], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Its lines go on being read, as a collector of logs would.
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => resolve(/127\.0\.0\.1:(\d+)/.exec(String(text))?.[1] ?? ''));
    child.once('exit', () => reject(new Error(`${name} ended before it was ready`)));
  });
  return { name, port: Number(port), child, pid: child.pid as number }; // it has written
}

async function stop({ child }: Server): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** `connections` kept-alive connections, each asking again as soon as it was answered. */
async function load(server: Server, users: readonly string[], authorization: string, durationMs: number): Promise<Load> {
  const taken: number[] = [];
  const cpuBefore = cpuSecondsOf(server.pid);
  const until = performance.now() + durationMs;
  await Promise.all(Array.from({ length: connections }, async (_, offset) => {
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    let [buffer, sentAt, next] = ['', 0, offset];
    const send = (): void => {
      sentAt = performance.now();
      socket.write(`GET /shop/2011-W48/v1/predictions/${users[(next += connections) % users.length]} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
    };
    socket.setEncoding('latin1').on('data', (part: string) => {
      buffer += part;
      const end = buffer.indexOf('\r\n\r\n');
      const length = end < 0 ? undefined : /content-length: (\d+)/i.exec(buffer)?.[1];
      if (length === undefined || buffer.length < end + 4 + Number(length)) return;
      if (!buffer.startsWith('HTTP/1.1 200')) throw new Error(buffer);
      const now = performance.now();
      taken.push(now - sentAt);
      buffer = '';
      if (now < until) send();
      else socket.end();
    });
    send();
    await once(socket, 'close');
  }));
  return { requests: taken.length, perSecond: taken.length / (durationMs / 1000), p99Ms: quantile(taken, 0.99), cpuSeconds: cpuSecondsOf(server.pid) - cpuBefore };
}
