import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { standardLimits } from '../../src/http/endpoint/limits.ts';
import { bearer, endpointWorld, get } from './endpoint-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { Endpoint } from '../../src/http/endpoint/serve.ts';

suite('limits of the endpoint', () => {
  let world: Awaited<ReturnType<typeof endpointWorld>>;
  let endpoint: Endpoint;
  let [old, key]: ApiKey[] = [];
  const at = (path: string): string => `${endpoint.url}/shop/${path}`;

  before(async () => {
    world = await endpointWorld();
    await world.stage({ week: '2011-W47', asOf: '2011-11-28T00:00:00Z' }, ['17000']);
    await world.stage({}, ['17000']);
    for (const week of ['2011-W47', '2011-W48']) await world.releaseStore.goLive({ property: 'shop', week, revision: 1 });
    old = await world.key('2011-W47');
    key = await world.key('2011-W48');
    endpoint = await world.serve();
  });
  after(() => world.dispose());

  test('a key that used up its minute is 429 with when to come back; other keys go on', async () => {
    const strict = await world.serve({ limits: { ...standardLimits, requestsPerMinute: 5 } });
    const statuses = [];
    for (let index = 0; index < 5; index++) statuses.push((await get(`${strict.url}/shop/2011-W48/v1/model`, bearer(key!))).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
    const { status, headers, body } = await get(`${strict.url}/shop/2011-W48/v1/model`, bearer(key!));
    assert.deepEqual([status, body.type], [429, '/problems/too-many-requests']);
    assert(Number(headers['retry-after']) >= 1 && Number(headers['retry-after']) <= 12);
    assert.match(String(headers['ratelimit']), /r=0;t=\d+/);
    assert.equal(headers['ratelimit-policy'], '"key";q=5;w=60');
    assert.equal((await get(`${strict.url}/shop/2011-W47/v1/model`, bearer(old!))).status, 200);
  });

  test('oversized headers, bodies and parameters and slow requests are cut off', async () => {
    const strict = await world.serve({ limits: { ...standardLimits, headersTimeoutMs: 300, requestTimeoutMs: 500 } });
    const large = await get(at('2011-W48/v1/model'), { ...bearer(key!), 'x-large': 'x'.repeat(9000) });
    assert.deepEqual([large.status, large.body.type], [431, '/problems/headers-too-large']);
    assert.equal((await get(at(`2011-W48/v1/predictions/${'x'.repeat(2000)}`), bearer(key!))).status, 414);
    const started = Date.now();
    const slow = await rawAnswer(strict.url, 'GET /shop/2011-W48/v1/model HTTP/1.1\r\nhost: x\r\nx-slow: ');
    assert.match(slow, /^HTTP\/1\.1 408 Request Timeout\r\ncontent-type: application\/problem\+json/);
    assert(Date.now() - started < 5_000);
    assert.match(await rawAnswer(strict.url, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  test('a body over the limit, or of no stated size, is refused unread on every address and method', async () => {
    const refused = /^HTTP\/1\.1 413 Payload Too Large\r\n(?=[^]*connection: close\r\n)[^]*"type":"\/problems\/body-too-large"/;
    for (const line of ['GET /healthz', 'GET /shop/2011-W48/v1/model', 'POST /healthz', 'GET /nowhere']) {
      for (const size of ['content-length: 50000000', 'content-length: 1025', 'transfer-encoding: chunked']) assert.match(await rawAnswer(endpoint.url, `${line} HTTP/1.1\r\nhost: x\r\n${size}\r\n\r\n`), refused, `${line}, ${size}`);
    }
    assert.match(await rawAnswer(endpoint.url, `GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1024\r\n\r\n${' '.repeat(1024)}`), /^HTTP\/1\.1 200 OK/);
    for (const path of ['/healthz', '/%zz']) assert.ok((await poured(endpoint.url, `GET ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 500000000\r\n\r\n`)) < 20_000_000, `the body of ${path} is not taken in`);
  });

  test('a silent connection is cut, before a request, inside one, and between two', async () => {
    const long = { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000, idleTimeoutMs: 60_000, keepAliveTimeoutMs: 60_000 };
    const idle = await world.serve({ limits: { ...standardLimits, ...long, idleTimeoutMs: 300 } });
    const kept = await world.serve({ limits: { ...standardLimits, ...long, keepAliveTimeoutMs: 300 } });
    const request = 'GET /healthz HTTP/1.1\r\nhost: x\r\n';
    const started = Date.now();
    const [before, inside, between] = await Promise.all([rawAnswer(idle.url, ''), rawAnswer(idle.url, request), rawAnswer(kept.url, `${request}\r\n`)]);
    assert.deepEqual([before, inside], ['', '']);
    assert.match(between, /^HTTP\/1\.1 200 OK\r\n/);
    assert.ok(Date.now() - started < 4_000, 'well before the limits of a minute, and the five seconds that a server of Node keeps a connection');
  });
});

/** What comes back over a bare connection until the other side closes it. */
async function rawAnswer(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (part: string) => { answer += part; if (answer.startsWith('HTTP/1.1 4')) socket.end(); }).on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

/** How many bytes of a body the other side lets in before it closes the connection. */
async function poured(url: string, head: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => undefined).resume();
  socket.write(head);
  const part = Buffer.alloc(65_536);
  const pour = (): void => {
    while (!socket.destroyed && socket.write(part));
  };
  socket.on('drain', pour);
  pour();
  await new Promise((resolve) => socket.once('close', resolve)); // `once` would throw what the other side's close does to our writing
  return socket.bytesWritten - socket.writableLength;
}
