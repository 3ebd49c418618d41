import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { after, before, suite, test } from 'node:test';
import { bearer, endpointWorld, eventually, get, scoredRow } from './endpoint-world.ts';
import type { Answer } from './endpoint-world.ts';

const users = Array.from({ length: 60 }, (_, index) => `mark-${index}-Zq7`);

suite('a switch under load', () => {
  let world: Awaited<ReturnType<typeof endpointWorld>>;
  before(async () => { world = await endpointWorld(); });
  after(() => world.dispose());

  test('no request fails across a new revision and a new week, kept-alive or on new connections', async () => {
    await world.stage({}, users);
    await world.releaseStore.goLive({ property: 'shop', week: '2011-W48', revision: 1 });
    const [key, nextKey] = [await world.key('2011-W48'), await world.key('2011-W49')];
    const endpoint = await world.serve();
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const seen = new Map<string, number>();
    let isOver = false;

    const client = async (path: string, connection: Agent | false): Promise<void> => {
      for (let index = 0; !isOver; index++) {
        const user = users[index % users.length] ?? '';
        const { status, body } = await get(`${endpoint.url}/shop/${path}/v1/predictions/${user}`, bearer(key), connection);
        assert.equal(status, 200);
        const revision = Number(body.release.split('.')[1]);
        assert.deepEqual([body.probability, body.decile], [scoredRow(user, revision).prediction, scoredRow(user, revision).decile]);
        seen.set(`${connection ? 'kept' : 'new'} ${body.release}`, (seen.get(`${connection ? 'kept' : 'new'} ${body.release}`) ?? 0) + 1);
      }
    };
    const walker = async (): Promise<void> => {
      while (!isOver) {
        const walked: string[] = [];
        const releases = new Set<string>();
        for (let next: string | null = ''; next !== null;) {
          const { status, body }: Answer = await get(`${endpoint.url}/shop/2011-W48/v1/predictions?limit=9${next && `&cursor=${next}`}`, bearer(key), agent);
          assert.equal(status, 200);
          walked.push(...body.predictions.map(({ user }) => user));
          releases.add(body.release);
          next = body.next;
        }
        assert.equal(releases.size, 1, 'a walk stays on its release');
        assert.deepEqual(walked.sort(), [...users].sort());
      }
    };
    const total = (name: string): number => seen.get(name) ?? 0;
    const clients = Promise.all([client('2011-W48', agent), client('2011-W48', false), client('current', agent), client('current', false), walker()]);
    const outcome = clients.then(() => null, (error: unknown) => error);
    const reached = (name: string, count: number) => Promise.race([eventually(async () => total(name), (value) => value >= count, 60_000), clients]);

    for (const kind of ['kept', 'new']) await reached(`${kind} 2011-W48.1`, 150);
    await world.stage({ revision: 2 }, users);
    await world.releaseStore.goLive({ property: 'shop', week: '2011-W48', revision: 2 });
    for (const kind of ['kept', 'new']) await reached(`${kind} 2011-W48.2`, 150);
    await world.stage({ week: '2011-W49' }, users);
    await world.releaseStore.goLive({ property: 'shop', week: '2011-W49', revision: 1 });
    for (const kind of ['kept', 'new']) await reached(`${kind} 2011-W49.1`, 150);
    assert.equal((await get(`${endpoint.url}/shop/2011-W49/v1/model`, bearer(nextKey))).status, 200);
    isOver = true;
    assert.equal(await outcome, null);
    const sum = [...seen.values()].reduce((all, count) => all + count, 0);
    assert(sum >= 1_000, `${sum} requests`);
    agent.destroy();
  });

  test('the log has a line for each request and holds no person, no key and no query', async () => {
    const endpoint = await world.serve();
    const key = await world.key('2011-W48', { slot: 'log' });
    await eventually(() => get(`${endpoint.url}/shop/2011-W48/v1/model`, bearer(key)), ({ status }) => status === 200);
    const mark = 'mark-77-Zq7';
    const before = world.log.length;
    const paths = [`shop/2011-W48/v1/predictions/${mark}`, `shop/2011-W48/v1/predictions?cursor=${mark}`, `shop/2011-W48/v1/predictions?limit=${mark}`, `${mark}/2011-W48/v1/model`, `shop/${mark}/v1/model`, `${mark}`, `%zz${mark}`];
    for (const path of paths) for (const header of [bearer(key), {}, { authorization: `Bearer ${mark}` }]) await get(`${endpoint.url}/${path}`, header);
    const broken = await world.serve({ peopleStore: { ...world.peopleStore, readScore: async (_shard, user) => { throw new Error(`cannot read ${user}`); } } });
    assert.equal((await get(`${broken.url}/shop/2011-W48/v1/predictions/${mark}`, bearer(key))).status, 500);
    await eventually(async () => world.log.slice(before).filter((line) => line.includes('"msg":"request"')).length, (lines) => lines === paths.length * 3 + 1);
    const all = world.log.join('');
    for (const secret of ['Zq7', 'almanac_', key.plain.slice(-49), 'cursor=', '?']) assert(!all.includes(secret), `the log holds ${secret}`);
    const line = JSON.parse(world.log.slice(before).find((text) => text.includes('"status":404')) ?? '{}');
    assert.deepEqual([line.keyId, line.property, line.week, line.release, line.route, line.status], [key.keyId, 'shop', '2011-W48', '2011-W48.2', '/:property/:week/v1/predictions/:user', 404]);
    assert.equal(typeof line.ms, 'number');
    const { text } = await get(`${endpoint.url}/metrics`);
    assert(!/Zq7|almanac_k/.test(text));
  });
});
