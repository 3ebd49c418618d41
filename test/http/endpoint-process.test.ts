import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, suite, test } from 'node:test';
import { root } from '../../src/main/root.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { testFolder } from '../world.ts';
import { bearer, endpointWorld, eventually, get } from './endpoint-world.ts';

const week = '2011-W48';
const users = Array.from({ length: 50 }, (_, index) => `u${index}`);

suite('the endpoint as a process', () => {
  let world: Awaited<ReturnType<typeof endpointWorld>>;
  let home: Awaited<ReturnType<typeof testFolder>>;
  let headers: Record<string, string>;
  let running: ChildProcess | null = null;
  before(async () => {
    world = await endpointWorld();
    home = await testFolder();
    await writeFile(join(home.folder, 'almanac.yaml'), 'endpoint: { requestsPerMinute: 1000000 }\nproperties: {}\n');
    await world.stage({ week }, users);
    await world.releaseStore.goLive({ property: 'shop', week, revision: 1 });
    headers = bearer(await world.key(week));
  });
  afterEach(() => running?.kill('SIGKILL'));
  after(async () => {
    await home?.dispose();
    await world?.dispose();
  });

  /** Started as the supervisor starts it; ready when it answers. */
  async function start(): Promise<{ url: string; process: ChildProcess; said: Promise<string>; ended: Promise<unknown[]> }> {
    const [port] = await freePorts({ count: 1 });
    const env = { ...process.env, ALMANAC_CONFIG: join(home.folder, 'almanac.yaml'), ALMANAC_HOME: home.folder, ALMANAC_CASSANDRA: process.env.ALMANAC_TEST_CASSANDRA, ALMANAC_KEYSPACE: world.cassandra.keyspace, ALMANAC_ENDPOINT_PORT: String(port) };
    const child = spawn(process.execPath, [join(root, 'src/main/endpoint.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    running = child;
    const [said, ended] = [text(child.stdout), once(child, 'exit')];
    const url = `http://127.0.0.1:${port}`;
    await eventually(() => get(`${url}/readyz`).then(({ status }) => status, () => 0), (status) => status === 200, 30_000);
    return { url, process: child, said, ended };
  }

  test('asked to stop, it answers what was asked of it, refuses readiness meanwhile, and ends with its last line written', async () => {
    const endpoint = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    let answered = 0;
    let isStopping = false;
    const client = async (): Promise<string> => {
      for (;;) {
        const user = users[answered % users.length]!; // a remainder is within
        try {
          const { status, body } = await get(`${endpoint.url}/shop/${week}/v1/predictions/${user}`, headers, agent);
          assert.deepEqual([status, body.user], [200, user]);
          answered += 1;
        } catch (error) {
          // Nobody there any more, or a connection that was never taken up; an answer that breaks off is `aborted`.
          if (isStopping && error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ECONNRESET'].includes(String(error.code))) return error.message;
          throw error;
        }
      }
    };
    const clients = Array.from({ length: 20 }, client);
    await eventually(async () => answered, (count) => count > 200, 30_000);
    isStopping = true;
    endpoint.process.kill('SIGTERM');
    await eventually(() => get(`${endpoint.url}/readyz`).then(({ status }) => status, () => 0), (status) => status === 503, 2_000);
    const ends = await Promise.all(clients);
    assert.ok(ends.every((end) => end !== 'aborted'), 'no answer broke off');
    assert.deepEqual(await endpoint.ended, [0, null]);
    assert.match(await endpoint.said, /"msg":"stopped"\}\n$/);
  });

  test('killed outright, it leaves nothing that its successor has to mend', async () => {
    const first = await start();
    first.process.kill('SIGKILL');
    assert.deepEqual(await first.ended, [null, 'SIGKILL']);
    const second = await start();
    const { status, body } = await get(`${second.url}/shop/${week}/v1/model`, headers);
    assert.deepEqual([status, body.release], [200, `${week}.1`]);
  });
});
