// `node bench/endpoint.ts`: requests/s of the endpoint against a bare node:http server that does the same lookup, from one run.
// Each server is a process of its own on the same Cassandra (ALMANAC_TEST_CASSANDRA=host:port); rounds alternate.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { shardOf } from '../src/domain/hash.ts';
import { standardLimits } from '../src/http/endpoint/limits.ts';
import { startEndpoint } from '../src/main/endpoint.ts';
import { connectCassandra, type CassandraOptions } from '../src/stores/cassandra/connection.ts';
import { bearer, endpointWorld } from '../test/http/endpoint-world.ts';

const [connections, roundMs, rounds, people] = [32, 4_000, 4, 2_000];

if (process.argv[2] === 'bare') await serveBare();
else if (process.argv[2] === 'endpoint') await serveEndpoint();
else await compare();

async function compare(): Promise<void> {
  const world = await endpointWorld();
  const users = Array.from({ length: people }, (_, index) => `${index}`);
  await world.releaseStore.goLive(await world.stage({ property: 'shop' }, users));
  const { authorization } = bearer(await world.key('2011-W48'));
  const servers = await Promise.all(['endpoint', 'bare'].map((name) => start(name, world.cassandra.keyspace)));
  const rates = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  const cpu = new Map<string, number>();
  const latencies = new Map<string, number[]>(servers.map(({ name }) => [name, []]));
  for (const server of servers) await load(server.port, users, authorization ?? '', 2_000);
  for (let round = 0; round < rounds; round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      const cpuBefore = cpuSeconds(server.child);
      const measured = await load(server.port, users, authorization ?? '', roundMs);
      cpu.set(server.name, (cpu.get(server.name) ?? 0) + cpuSeconds(server.child) - cpuBefore);
      rates.get(server.name)?.push(measured.length / (roundMs / 1000));
      latencies.get(server.name)?.push(...measured);
    }
  }
  for (const { name, child } of servers) {
    const sorted = Float64Array.from(latencies.get(name) ?? []).sort();
    console.log(`${name.padEnd(8)} ${median(rates.get(name) ?? []).toFixed(0)} requests/s  p50 ${sorted[sorted.length >> 1]?.toFixed(1)} ms  p99 ${sorted[Math.floor(sorted.length * 0.99)]?.toFixed(1)} ms  ${(((cpu.get(name) ?? 0) / sorted.length) * 1e6).toFixed(0)} CPU µs a request  ${peakMb(child)} MB at most`);
  }
  const pairs = (rates.get('endpoint') ?? []).map((rate, index) => rate / (rates.get('bare')?.[index] ?? NaN));
  console.log(`ratio    ${median(pairs).toFixed(2)} (median of ${rounds} alternating rounds; aim 0.80)`);
  for (const { child } of servers) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await world.dispose();
}

async function start(name: string, keyspace: string): Promise<{ name: string; port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), name, keyspace], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Its lines go on being read, as a collector of logs would.
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => resolve(/127\.0\.0\.1:(\d+)/.exec(String(text))?.[1] ?? ''));
    child.once('exit', () => reject(new Error(`${name} ended before it was ready`)));
  });
  return { name, port: Number(port), child };
}

/** Milliseconds of every request of `connections` kept-alive connections, each asking again as soon as it was answered. */
async function load(port: number, users: readonly string[], authorization: string, durationMs: number): Promise<number[]> {
  const taken: number[] = [];
  const until = performance.now() + durationMs;
  await Promise.all(Array.from({ length: connections }, async (_, offset) => {
    const socket = connect(port, '127.0.0.1');
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
  return taken;
}

function store(): CassandraOptions {
  const [host = '', port] = (process.env.ALMANAC_TEST_CASSANDRA ?? '').split(':');
  return { contactPoints: [host], port: Number(port), localDataCenter: 'datacenter1', keyspace: process.argv[3] ?? '', replicationFactor: 1 };
}

/** The endpoint as its program starts it, log lines included, without a limit on the one key. */
async function serveEndpoint(): Promise<void> {
  const logger = pino({ base: { program: 'endpoint' } }, pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 500 }));
  const limits = { ...standardLimits, requestsPerMinute: 1e9, requestsPerSocket: 0 };
  const { url } = await startEndpoint({ cassandra: store(), host: '127.0.0.1', port: 0, keyGraceMs: 0, limits, pollMs: 500, staleAfterMs: 10_000, drainMs: 0, logger });
  console.log(url);
}

/** The yardstick: no key, no checks, no log; the same prepared lookup, the same body. */
async function serveBare(): Promise<void> {
  const { client } = await connectCassandra(store());
  const query = 'SELECT user, features, prediction, decile FROM recent_users_2011_48 WHERE property = ? AND revision = ? AND shard = ? AND user = ?';
  const server = createServer(async (request, response) => {
    const user = decodeURIComponent(request.url?.split('/')[5] ?? '');
    const row = (await client.execute(query, ['shop', 1, shardOf(user, 4), user], { prepare: true, isIdempotent: true })).first();
    const body = JSON.stringify({ user, probability: row?.prediction, decile: row?.decile, asOf: '2011-12-05T00:00:00Z', horizonDays: 60, release: '2011-W48.1', model: 'ab'.repeat(8) });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as { port: number }).port}`));
}

/** Linux counts in ticks of 10 ms (proc(5), fields 14 and 15). */
function cpuSeconds(child: ChildProcess): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakMb(child: ChildProcess): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
