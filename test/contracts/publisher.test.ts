import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { createEmbeddedPublisher } from '../../src/publishers/embedded.ts';
import { bearer, endpointWorld, get } from '../http/endpoint-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { Publisher } from '../../src/ports/publisher.ts';

type World = Awaited<ReturnType<typeof endpointWorld>>;

const plugs = [{
  name: 'embedded',
  async open(world: World, key: ApiKey): Promise<Publisher> {
    const endpoint = await world.serve();
    return createEmbeddedPublisher({ baseUrl: endpoint.url, keyFor: async () => key.plain, waitMs: 3_000, pollMs: 50 });
  },
}];

for (const plug of plugs) {
  suite(`publisher: ${plug.name}`, () => {
    let world: World;
    let key: ApiKey;
    let publisher: Publisher;
    before(async () => {
      world = await endpointWorld();
      key = await world.key('2011-W48');
      publisher = await plug.open(world, key);
    });
    after(() => world.dispose());

    test('a staged release answers the probe and no one else, then everybody, then nobody', async () => {
      const release = await world.stage({}, ['a', 'b']);
      const staged = await publisher.stage(release);
      assert.equal(staged.url, publisher.addressOf(release));
      assert.equal((await get(`${staged.url}/v1/model`, bearer(key))).status, 404);
      assert.equal((await get(`${staged.url}/v1/model`, { ...bearer(key), ...staged.stagedHeaders })).body.release, '2011-W48.1');
      assert.equal((await get(`${staged.url}/v1/model`, staged.stagedHeaders)).status, 401);

      await world.releaseStore.goLive(release);
      for (let round = 0; round < 2; round++) assert.equal((await publisher.announce(release)).url, staged.url);
      assert.equal((await get(`${staged.url}/v1/predictions/a`, bearer(key))).status, 200);

      await world.stage({ revision: 2 }, ['a', 'b']);
      await publisher.stage({ ...release, revision: 2 });
      assert.equal((await get(`${staged.url}/v1/model`, bearer(key))).body.release, '2011-W48.1');
      await world.releaseStore.goLive({ ...release, revision: 2 });
      await publisher.announce({ ...release, revision: 2 });
      assert.equal((await get(`${staged.url}/v1/model`, bearer(key))).body.release, '2011-W48.2');

      await world.releaseStore.retireWeek(release.property, release.week, null);
      for (let round = 0; round < 2; round++) await publisher.retire(release);
      assert.equal((await get(`${staged.url}/v1/model`, bearer(key))).status, 410);
    });

    test('what does not come about is a failure worth another try, and names address and release but no key', async () => {
      await assert.rejects(publisher.announce({ property: 'shop', week: '2011-W48', revision: 9 }), (error) =>
        error instanceof Failure && error.code === 'probe-failed' && !error.isFinal && /2011-W48 did not serve 2011-W48\.9 within 3 s; last: status 410/.test(error.message) && !error.message.includes(key.plain));
    });
  });
}

test('an endpoint that is not there is named', async () => {
  const publisher = createEmbeddedPublisher({ baseUrl: 'http://127.0.0.1:9', keyFor: async () => 'secret', waitMs: 100, pollMs: 50 });
  await assert.rejects(publisher.retire({ property: 'shop', week: '2011-W48' }), /http:\/\/127\.0\.0\.1:9\/shop\/2011-W48 did not answer 410 within 0\.1 s; last: no answer .*Is the endpoint running/);
});
