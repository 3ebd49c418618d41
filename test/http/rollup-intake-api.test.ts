import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { eventually } from '../stack.ts';
import { get } from './endpoint-world.ts';
import { KEYS, LIVE_DAY, MEMBERS, rollupServerWorld, type RollupServerWorld } from './rollup-server-world.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { RollupServer } from '../../src/http/rollup/serve.ts';

interface Answer { readonly type?: string; readonly detail?: string; readonly readings?: number; readonly onTime?: number; readonly late?: number; readonly aside?: number }

suite('readings over HTTP', () => {
  let world: RollupServerWorld;
  let server: RollupServer;
  before(async () => {
    world = await rollupServerWorld('followers', { isBare: true });
    server = await world.serve();
  });
  after(() => world.dispose());

  async function send(body: string, { type = 'application/x-ndjson', key = KEYS.intake as string | null, url = server.url, property = 'followers' } = {}): Promise<{ status: number; body: Answer }> {
    const response = await fetch(`${url}/v1/rollups/${property}/readings`, { method: 'POST', body, headers: { 'content-type': type, ...(key === null ? {} : { authorization: `Bearer ${key}` }) } });
    return { status: response.status, body: await response.json() as Answer };
  }
  const reading = (minute: string, value = 7, member = MEMBERS[0]!): Reading => ({ platform: 'twitter', member, second: spanOf(minute, 'UTC').from, value }); // five members
  const lines = (readings: readonly object[]): string => readings.map((one) => JSON.stringify(one)).join('\n');
  const stored = async (minute: string): Promise<number> => {
    let count = 0;
    for (const shard of [0, 1]) for await (const page of world.rollupStore.readReadings({ property: 'followers', minute, shard })) count += page.values.length;
    return count;
  };

  test('are stored when the answer comes, and counted as on time, late or aside; the same twice is one', async () => {
    const [open, built, old] = [`${LIVE_DAY}_03-00`, `${LIVE_DAY}_01-00`, '2019-02-01_00-00'];
    // A minute of nine days ago that is built: too late for the 24 hours that are allowed.
    await world.roll('followers', 'minute', old);
    const all = [reading(open), reading(open, 8, MEMBERS[1]), reading(built), reading(old)];
    for (const again of [1, 2]) {
      assert.deepEqual(await send(`${lines(all)}\n\n`), { status: 200, body: { readings: 4, onTime: 2, late: 1, aside: 1 } }, `time ${again}`);
      assert.equal(await stored(open), 2);
    }
    assert.deepEqual([await world.rollupStore.listAsideHours('followers'), await world.rollupStore.countAside('followers', '2019-02-01_00')], [['2019-02-01_00'], 1]);
    assert.deepEqual((await world.rollupStore.listLate('followers', LIVE_DAY)).map(({ minute }) => minute), [built]);
  });

  test('come as a JSON list, too', async () => {
    assert.deepEqual(await send(JSON.stringify([reading(`${LIVE_DAY}_03-10`)]), { type: 'application/json; charset=utf-8' }), { status: 200, body: { readings: 1, onTime: 1, late: 0, aside: 0 } });
    assert.equal(await stored(`${LIVE_DAY}_03-10`), 1);
  });

  test('with one that is not right are refused by its number, and none of them is stored', async () => {
    const minute = `${LIVE_DAY}_03-20`;
    const wrong = { ...reading(minute), platform: 'myspace' };
    assert.deepEqual(await send(lines([reading(minute), wrong])).then(({ status, body }) => [status, body.type, body.detail]), [400, '/problems/bad-reading', 'line 2 is no reading: platform is "myspace"; expected one of facebook, twitter; nothing of the request was stored']);
    assert.match((await send(`${lines([reading(minute)])}\n{"half`)).body.detail ?? '', /^line 2 is no reading: it is not JSON; nothing of the request was stored$/);
    assert.match((await send(JSON.stringify([reading(minute), { ...reading(minute), value: null }]), { type: 'application/json' })).body.detail ?? '', /^reading 2 of the list is none: value is null; expected a finite number; nothing/);
    assert.match((await send(lines([reading(minute), reading(minute, 1.7e308, MEMBERS[1])]))).body.detail ?? '', /^line 2 is no reading: value is 1\.7e\+308; expected a number of at most 1e15, of either sign; nothing of the request was stored$/);
    assert.match((await send('{}', { type: 'application/json' })).body.detail ?? '', /no JSON list/);
    assert.equal(await stored(minute), 0);
  });

  test('of an unknown rollup, of another kind of content, or too many at once are refused', async () => {
    const asked = async (...question: Parameters<typeof send>) => send(...question).then(({ status, body }) => [status, body.type]);
    assert.deepEqual(await asked(lines([reading(`${LIVE_DAY}_03-30`)]), { property: 'nobody' }), [404, '/problems/rollup-unknown']);
    assert.deepEqual(await asked('a,b', { type: 'text/csv' }), [415, '/problems/unsupported-media-type']);
    assert.deepEqual(await asked(`${'x'.repeat(4 * 1024 * 1024)}!`), [413, '/problems/body-too-large']);
  });

  test('sent to an address that is none, and no JSON, are not understood: that is no fault of this server', async () => {
    const { status, headers } = await fetch(`${server.url}/v1/readings`, { method: 'POST', body: '{"half', headers: { 'content-type': 'application/json' } });
    assert.deepEqual([status, headers.get('content-type')], [400, 'application/problem+json; charset=utf-8']);
  });

  test('are taken of four requests at once; what is more is told to come again, and is not kept in memory', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    let working = 0;
    const { url } = await world.serve({ takeIn: async (property, readings) => {
      working += 1;
      await gate;
      return world.takeIn(property, readings);
    } });
    const one = () => send(lines([reading(`${LIVE_DAY}_03-35`)]), { url });
    const first = Array.from({ length: 4 }, one);
    await eventually(async () => working === 4, 20_000, 'four that are worked');
    const { status, body } = await one();
    assert.deepEqual([status, body.type, working], [503, '/problems/busy', 4]);
    open();
    assert.deepEqual((await Promise.all(first)).map((answer) => answer.status), [200, 200, 200, 200]);
    assert.equal((await one()).status, 200);
  });

  test('need their own key; a missing, a wrong and the other key look the same, and nothing is stored', async () => {
    const strict = await world.serve({ keys: KEYS });
    const minute = `${LIVE_DAY}_03-40`;
    const bodies = [];
    for (const key of [null, 'wrong', KEYS.read, `${KEYS.intake}x`]) {
      const { status, body } = await send(lines([reading(minute)]), { key, url: strict.url });
      assert.equal(status, 401);
      bodies.push(JSON.stringify(body));
    }
    assert.deepEqual([new Set(bodies).size, await stored(minute)], [1, 0]);
    assert.equal((await send(lines([reading(minute)]), { url: strict.url })).status, 200);
    const closed = await world.serve({ keys: { intake: null, read: null } });
    assert.deepEqual(await send(lines([reading(minute)]), { url: closed.url }).then(({ status, body }) => [status, body.type]), [403, '/problems/intake-closed']);
  });

  test('reading needs its own key where one is set, the pages that hold no data do not', async () => {
    const strict = await world.serve({ keys: KEYS });
    const statusOf = async (path: string, key?: string) => (await get(`${strict.url}${path}`, { host: 'rollups.example.com', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) })).status;
    for (const path of ['/v1/rollups', '/v1/rollups/followers', '/v1/rollups/nobody', `/v1/rollups/followers/series/hour?member=${MEMBERS[0]}`]) {
      assert.deepEqual([await statusOf(path), await statusOf(path, 'wrong'), await statusOf(path, KEYS.intake)], [401, 401, 401], path);
    }
    assert.deepEqual([await statusOf('/v1/rollups/followers', KEYS.read), await statusOf('/v1/rollups/nobody', KEYS.read), await statusOf('/rollups/followers'), await statusOf('/healthz')], [200, 404, 200, 200]);
  });

  test('an address that others reach is refused without a key to read with', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.7', 'rollups.example.com']) {
      await assert.rejects(world.serve({ host }), { code: 'bad-configuration', message: `rollupServer.host is "${host}", which others reach, and rollupServer.readKeyFile is not set: expected a loopback address such as 127.0.0.1, or a file with a key of 32 characters or more that readers bring` });
    }
  });

  test('are counted by what became of them, and requests by route and status: without a member, a rollup that is none, or a key', async () => {
    const measured = await world.serve({ keys: KEYS });
    const figures = async (): Promise<string> => (await get(`${measured.url}/metrics`)).text;
    assert.match(await figures(), /almanac_rollup_readings_total\{property="followers",outcome="late"\} 0\n/);
    const [open, built, old] = [`${LIVE_DAY}_03-50`, `${LIVE_DAY}_01-00`, '2019-02-01_00-01'];
    await world.roll('followers', 'minute', old);
    const url = measured.url;
    await send(lines([reading(open), reading(open, 8, MEMBERS[1]), reading(open, 8, MEMBERS[2]), reading(built), reading(built, 8, MEMBERS[1]), reading(old)]), { url });
    await send(`${lines([reading(open), { ...reading(open), platform: 'myspace' }, reading(open)])}\n\n`, { url });
    await send(JSON.stringify([reading(open), {}]), { url, type: 'application/json' });
    await send(lines([reading(open)]), { url, property: 'nobody' });
    await send(lines([reading(open)]), { url, key: null });
    for (const path of [`/v1/rollups/followers/series/hour?member=${MEMBERS[0]}`, `/v1/rollups/${MEMBERS[0]}`, `/${MEMBERS[0]}`, `/%zz${MEMBERS[0]}`]) await get(`${url}${path}`, { authorization: `Bearer ${KEYS.read}` });
    const text = await figures();
    const counted = (name: string, labels: string): string | undefined => new RegExp(`^${name}\\{${labels}\\} (\\d+)$`, 'm').exec(text)?.[1];
    assert.deepEqual(['on-time', 'late', 'aside', 'refused'].map((outcome) => counted('almanac_rollup_readings_total', `property="followers",outcome="${outcome}"`)), ['3', '2', '1', '5']);
    assert.deepEqual([200, 400, 401, 404].map((status) => counted('almanac_rollup_request_seconds_count', `route="/v1/rollups/:property/readings",status="${status}"`)), ['1', '2', '1', '1']);
    assert.deepEqual([404, 400].map((status) => counted('almanac_rollup_request_seconds_count', `route="none",status="${status}"`)), ['1', '1']);
    assert.equal(counted('almanac_rollup_request_seconds_count', 'route="/v1/rollups/:property/series/:level",status="200"'), '1');
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.deepEqual([...MEMBERS, 'nobody', 'myspace', KEYS.intake, KEYS.read].filter((secret) => text.includes(secret)), []);
  });

  test('no line of the log holds a key or a member', () => {
    assert.ok(world.log.length > 10);
    assert.deepEqual(world.log.filter((line) => [KEYS.intake, KEYS.read, 'Bearer', ...MEMBERS].some((secret) => line.includes(secret))), []);
  });
});
