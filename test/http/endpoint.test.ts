import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { bearer, endpointWorld, eventually, get, scoredRow } from './endpoint-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { Endpoint } from '../../src/http/endpoint/serve.ts';
import type { Answer } from './endpoint-world.ts';

const users = Array.from({ length: 230 }, (_, index) => `${17000 + index}`);
const odd = ['a/b', 'ü ~%', 'x'.repeat(300), '..', '😀'];
const problemOf = (name: string, status: number) => ({ type: `/problems/${name}`, status });

/** The part of the OpenAPI document that is looked at. */
interface Description {
  readonly openapi: string;
  readonly paths: Record<string, { get: { responses: { 200: { content: { 'application/json': { schema: { properties: { decile: { maximum: number } } } } } } } } }>;
}

suite('the endpoint', () => {
  let world: Awaited<ReturnType<typeof endpointWorld>>;
  let endpoint: Endpoint;
  let [old, key, probe]: ApiKey[] = [];
  const at = (path: string): string => `${endpoint.url}/shop/${path}`;

  before(async () => {
    world = await endpointWorld();
    await world.stage({ week: '2011-W46' }, users);
    await world.stage({ week: '2011-W47', asOf: '2011-11-28T00:00:00Z' }, users);
    await world.stage({}, [...users, ...odd]);
    await world.stage({ revision: 2 }, users);
    await world.stage({ week: '2011-W49' }, users);
    for (const week of ['2011-W46', '2011-W47', '2011-W48']) await world.releaseStore.goLive({ property: 'shop', week, revision: 1 });
    await world.releaseStore.retireWeek('shop', '2011-W46', '2011-W47');
    old = await world.key('2011-W47');
    key = await world.key('2011-W48');
    probe = await world.key('2011-W49', { slot: 'probe/1', expiresAtMs: Date.now() + 600_000 });
    endpoint = await world.serve();
  });
  after(() => world.dispose());

  test('a prediction is what the table says', async () => {
    const { status, body, headers } = await get(at('2011-W48/v1/predictions/17042'), bearer(key!));
    const { prediction, decile } = scoredRow('17042', 1);
    assert.equal(status, 200);
    assert.deepEqual(body, { user: '17042', probability: prediction, decile, asOf: '2011-12-05T00:00:00Z', horizonDays: 60, release: '2011-W48.1', model: 'ab'.repeat(8) });
    assert.match(headers['content-type'] ?? '', /^application\/json/);
    assert.match(String(headers['ratelimit']), /^"key";r=\d+;t=\d+$/);
  });

  test('user ids of any kind are found', async () => {
    for (const user of odd) {
      const { status, body } = await get(at(`2011-W48/v1/predictions/${user === '..' ? '%2E%2E' : encodeURIComponent(user)}`), bearer(key!));
      if (user === '..') continue; // a client may resolve it away
      assert.deepEqual([status, body.user], [200, user]);
    }
  });

  test('somebody without a prediction is 404 and names the release', async () => {
    const { status, body, headers } = await get(at('2011-W48/v1/predictions/unknown'), bearer(key!));
    assert.equal(status, 404);
    assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.deepEqual(body, { ...problemOf('not-scored', 404), title: 'No prediction for this person in release 2011-W48.1' });
  });

  test('the model says how it was chosen', async () => {
    const { status, body } = await get(at('2011-W48/v1/model'), bearer(key!));
    assert.equal(status, 200);
    assert.deepEqual(body, {
      release: '2011-W48.1', model: 'ab'.repeat(8), modelVersion: '7', recipe: 'logistic', outcome: 'accepted', asOf: '2011-12-05T00:00:00Z', horizonDays: 60, featureListVersion: 1,
      finality: 'final', scored: 235, kinds: [1310, 1002, 498, 133], gateReport: 'ab'.repeat(32),
    });
  });

  test('a known answer is 304, another person or release is not', async () => {
    for (const path of ['predictions/17042', 'predictions?limit=3', 'model']) {
      const first = await get(at(`2011-W48/v1/${path}`), bearer(key!));
      const etag = String(first.headers.etag);
      assert.match(etag, /^"2011-W48\.1-[\w-]{16}"$/);
      for (const header of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await get(at(`2011-W48/v1/${path}`), { ...bearer(key!), 'if-none-match': header });
        assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
      }
      assert.equal((await get(at('2011-W47/v1/model'), { ...bearer(old!), 'if-none-match': etag })).status, 200);
    }
    const other = await get(at('2011-W48/v1/predictions/17043'), { ...bearer(key!), 'if-none-match': String((await get(at('2011-W48/v1/predictions/17042'), bearer(key!))).headers.etag) });
    assert.equal(other.status, 200);
    assert.equal((await get(at('2011-W48/v1/predictions/unknown'), { ...bearer(key!), 'if-none-match': '*' })).status, 404);
  });

  test('missing, malformed, unknown, expired, revoked and other weeks’ keys look the same', async () => {
    const expired = await world.key('2011-W48', { slot: 'expired', expiresAtMs: Date.now() - 1 });
    const revoked = await world.key('2011-W48', { slot: 'revoked' });
    await eventually(() => get(at('2011-W48/v1/model'), bearer(revoked)), ({ status }) => status === 200);
    await world.keyStore.revoke('shop', '2011-W48', revoked.keyId);
    await eventually(() => get(at('2011-W48/v1/model'), bearer(revoked)), ({ status }) => status === 401);
    const wrong = { keyId: key!.keyId, plain: `${key!.plain.slice(0, -1)}${key!.plain.endsWith('0') ? '1' : '0'}` };
    const headers = [{}, { authorization: 'Basic eDp5' }, { authorization: 'Bearer' }, bearer({ keyId: '', plain: 'almanac_x' }), bearer(wrong), bearer(expired), bearer(revoked), bearer(old!), bearer(probe!)];
    const answers = [
      ...await Promise.all(headers.flatMap((header) => ['2011-W48/v1/predictions/17042', '2011-W48/v1/predictions/unknown', '2011-W48/v1/predictions?limit=x', '2011-W48/v1/model'].map((path) => get(at(path), header)))),
      await get(at('2011-W40/v1/model'), bearer(key!)), await get(`${endpoint.url}/nothing/2011-W48/v1/model`, bearer(key!)), await get(at('current/v1/model'), bearer(probe!)),
    ];
    const shown = answers.map(({ status, text, headers: { date: _date, ...rest } }) => JSON.stringify([status, text, rest]));
    assert.equal(new Set(shown).size, 1, [...new Set(shown)].join('\n'));
    assert.equal(answers[0]?.status, 401);
    assert.equal(answers[0]?.headers['www-authenticate'], 'Bearer realm="almanac"');
    assert.deepEqual(Object.keys(answers[0]?.body), ['type', 'title', 'status']);
  });

  test('current opens with its week’s key and the previous week’s within the grace', async () => {
    for (const each of [key!, old!]) assert.equal((await get(at('current/v1/model'), bearer(each))).body.release, '2011-W48.1');
    const strict = await world.serve({ keyGraceMs: 0 });
    assert.equal((await get(`${strict.url}/shop/current/v1/model`, bearer(key!))).status, 200);
    assert.equal((await get(`${strict.url}/shop/current/v1/model`, bearer(old!))).status, 401);
  });

  test('a retired week is 410 with its successor, with or without a key', async () => {
    for (const [path, successor] of [['2011-W46/v1/predictions/17042', 'predictions'], ['2011-W46/v1/model', 'model']] as const) {
      for (const header of [{}, bearer(key!)]) {
        const { status, body, headers } = await get(at(path), header);
        assert.equal(status, 410);
        assert.equal(body.type, '/problems/week-retired');
        assert.equal(headers.link, `</shop/2011-W47/v1/${successor}>; rel="successor-version"`);
      }
    }
  });

  test('a staged release answers its header and a key of its week alone', async () => {
    const staged = { 'almanac-release': '2011-W48.2' };
    assert.equal((await get(at('2011-W48/v1/model'), { ...bearer(key!), ...staged })).body.release, '2011-W48.2');
    assert.equal((await get(at('2011-W48/v1/predictions/17042'), { ...bearer(key!), ...staged })).body.probability, scoredRow('17042', 2).prediction);
    for (const header of [staged, { ...bearer(old!), ...staged }, { ...bearer(probe!), ...staged }]) assert.equal((await get(at('2011-W48/v1/model'), header)).status, 401);
    // A week that was never live: nothing without the header.
    assert.equal((await get(at('2011-W49/v1/model'), { ...bearer(probe!), 'almanac-release': '2011-W49.1' })).body.release, '2011-W49.1');
    assert.equal((await get(at('2011-W49/v1/model'), bearer(probe!))).status, 404);
    for (const name of ['2011-W48.9', '2011-W47.1', 'x', '']) {
      const { status, body } = await get(at('2011-W48/v1/model'), { ...bearer(key!), 'almanac-release': name });
      assert.deepEqual([status, body.type], [404, '/problems/release-unknown']);
    }
  });

  test('a walk lists everybody exactly once, whatever the page', async () => {
    for (const limit of [1, 7, 100, 1000]) {
      const seen: string[] = [];
      let pages = 0;
      for (let next: string | null = ''; next !== null; pages++) {
        const { status, body }: Answer = await get(at(`2011-W47/v1/predictions?limit=${limit}${next && `&cursor=${next}`}`), bearer(old!));
        assert.equal(status, 200);
        assert(body.predictions.length <= limit);
        seen.push(...body.predictions.map(({ user }) => user));
        next = body.next;
      }
      assert.deepEqual(seen.sort(), users);
      assert(pages <= Math.ceil(users.length / limit) + 4, `${pages} pages of ${limit}`);
    }
  });

  test('a walk can be limited to the likely ones', async () => {
    const likely = users.filter((user) => scoredRow(user, 1).prediction >= 0.6);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body }: Answer = await get(at(`2011-W47/v1/predictions?limit=10&minProbability=0.6${next && `&cursor=${next}`}`), bearer(old!));
      assert(body.predictions.every(({ probability }) => probability >= 0.6));
      seen.push(...body.predictions.map(({ user }) => user));
      next = body.next;
    }
    assert.deepEqual(seen.sort(), likely);
  });

  test('bad queries and foreign cursors are 400', async () => {
    const { body } = await get(at('2011-W47/v1/predictions?limit=3'), bearer(old!));
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'minProbability=2', 'minProbabilty=0.5', 'cursor=', 'cursor=abc', 'limit=1&limit=2']) {
      const answer = await get(at(`2011-W48/v1/predictions?${query}`), bearer(key!));
      assert.deepEqual([answer.status, answer.headers['content-type']], [400, 'application/problem+json; charset=utf-8'], query);
    }
    const foreign = await get(at(`2011-W48/v1/predictions?cursor=${body.next}`), bearer(key!));
    assert.deepEqual([foreign.status, foreign.body.type], [400, '/problems/bad-cursor']);
    // On current, last week's key may finish last week's walk.
    assert.equal((await get(at(`current/v1/predictions?cursor=${body.next}`), bearer(old!))).body.release, '2011-W47.1');
    assert.equal((await get(at(`current/v1/predictions?cursor=${body.next}`), bearer(key!))).status, 400);
  });

  test('unknown addresses and methods are problems too', async () => {
    for (const path of ['/', '/shop', '/shop/2011-W48/v2/model', '/%zz', '/problems/none']) {
      const { status, headers } = await get(`${endpoint.url}${path}`, bearer(key!));
      assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8', path);
      assert([400, 404].includes(status));
    }
    assert.deepEqual((await get(`${endpoint.url}/problems/week-retired`)).body.status, 410);
  });

  test('the description is OpenAPI 3.1 and names every route of a week', async () => {
    const { body } = await get<Description>(`${endpoint.url}/openapi.json`);
    assert.equal(body.openapi, '3.1.0');
    assert.deepEqual(Object.keys(body.paths).sort(), ['/{property}/{week}/v1/model', '/{property}/{week}/v1/predictions', '/{property}/{week}/v1/predictions/{user}']);
    assert.equal(body.paths['/{property}/{week}/v1/predictions/{user}']!.get.responses['200'].content['application/json'].schema.properties.decile.maximum, 10);
  });

  test('health, readiness and metrics answer without a key', async () => {
    assert.equal((await get(`${endpoint.url}/healthz`)).status, 200);
    assert.equal((await get(`${endpoint.url}/readyz`)).body.status, 'ready');
    const { text } = await get(`${endpoint.url}/metrics`);
    assert.match(text, /almanac_endpoint_live_weeks\{property="shop"\} 2/);
    assert.match(text, /almanac_endpoint_request_seconds_count\{route="\/:property\/:week\/v1\/model",status="200"\} \d/);
  });

  test('while the store does not answer, the last known state is served and readiness says so', async () => {
    let isDown = false;
    const releaseStore = { ...world.releaseStore, listProperties: () => (isDown ? Promise.reject(new Error('down')) : world.releaseStore.listProperties()) };
    const other = await world.serve({ releaseStore, staleAfterMs: 300 });
    isDown = true;
    const { body } = await eventually(() => get(`${other.url}/readyz`), ({ status }) => status === 503);
    assert.match(body.detail ?? '', /what was live then is still served/);
    assert.equal((await get(`${other.url}/shop/2011-W48/v1/predictions/17042`, bearer(key!))).status, 200);
    isDown = false;
    await eventually(() => get(`${other.url}/readyz`), ({ status }) => status === 200);
  });

  test('stopping finishes the requests in flight', async () => {
    let [isReading, release] = [(): void => undefined, (): void => undefined];
    const reading = new Promise<void>((resolve) => { isReading = resolve; });
    const gate = new Promise<void>((resolve) => { release = resolve; });
    const peopleStore: typeof world.peopleStore = { ...world.peopleStore, readScore: async (...key) => { isReading(); await gate; return await world.peopleStore.readScore(...key); } };
    const other = await world.serve({ peopleStore });
    const answer = get(`${other.url}/shop/2011-W48/v1/predictions/17042`, bearer(key!));
    await reading;
    const stopped = other.stop();
    release();
    assert.equal((await answer).status, 200);
    await stopped;
    await assert.rejects(get(`${other.url}/healthz`), /ECONNREFUSED/);
  });
});
