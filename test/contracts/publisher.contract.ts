import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { hashKey, keyBytes, makeKey, type ApiKey } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { bearer, endpointWorld, eventually, get } from '../http/endpoint-world.ts';
import type { Publisher } from '../../src/ports/publisher.ts';

export type PublisherWorld = Awaited<ReturnType<typeof endpointWorld>>;

export interface PublisherPlug {
  readonly name: string;
  /** The plug over the world's stores; `keyFor` gives a key that opens the week. */
  open(world: PublisherWorld, keyFor: () => Promise<string>): Promise<Publisher>;
  /** What a retired week's address answers once `retire` has returned: 410, or nothing at all. */
  readonly afterwards: 'gone' | 'no answer';
  dispose?(): Promise<void>;
}

/** Behaviour of every plug of the socket Publisher. */
export function publisherContract(plug: PublisherPlug): void {
  suite(`publisher: ${plug.name}`, () => {
    let world: PublisherWorld;
    let key: ApiKey;
    let publisher: Publisher;
    const rotated = makeKey(randomBytes(keyBytes));
    before(async () => {
      world = await endpointWorld();
      key = await world.key('2011-W48');
      publisher = await plug.open(world, async () => key.plain);
    });
    after(async () => {
      await plug.dispose?.();
      await world.dispose();
    });

    test('a staged release answers the probe and no one else, then everybody, then nobody', async () => {
      const release = await world.stage({}, ['a', 'b']);
      const { url, stagedHeaders } = await publisher.stage(release);
      assert.equal((await get(`${url}/v1/model`, bearer(key))).status, 404);
      assert.equal((await get(`${url}/v1/model`, { ...bearer(key), ...stagedHeaders })).body.release, '2011-W48.1');
      assert.equal((await get(`${url}/v1/model`, stagedHeaders)).status, 401);

      await world.releaseStore.goLive(release);
      for (let round = 0; round < 2; round++) assert.equal((await publisher.announce(release)).url, publisher.addressOf(release));
      assert.equal((await get(`${url}/v1/predictions/a`, bearer(key))).status, 200);

      await world.stage({ revision: 2 }, ['a', 'b']);
      await publisher.stage({ ...release, revision: 2 });
      assert.equal((await get(`${url}/v1/model`, bearer(key))).body.release, '2011-W48.1');
      await world.releaseStore.goLive({ ...release, revision: 2 });
      await publisher.announce({ ...release, revision: 2 });
      assert.equal((await get(`${url}/v1/model`, bearer(key))).body.release, '2011-W48.2');

      const stored = { property: 'shop', week: '2011-W48', state: 'active', expiresAtMs: null } as const;
      await world.keyStore.createIfAbsent({ ...stored, slot: 'rotation/test', keyId: rotated.keyId, sha256: hashKey(rotated.plain) });
      await publisher.refreshKeys(release, { opening: rotated.plain });
      for (const each of [key, rotated]) await eventually(() => get(`${url}/v1/model`, bearer(each)), ({ status }) => status === 200);
      await world.keyStore.revoke('shop', '2011-W48', rotated.keyId);
      await publisher.refreshKeys(release);
      await eventually(() => get(`${url}/v1/model`, bearer(rotated)), ({ status }) => status === 401);
      assert.equal((await get(`${url}/v1/model`, bearer(key))).status, 200);

      await assert.rejects(publisher.announce({ ...release, revision: 9 }), (error) =>
        error instanceof Failure && error.code === 'probe-failed' && !error.isFinal && /2011-W48 did not serve 2011-W48\.9 within \d+ s; last: status 200 of release 2011-W48\.2/.test(error.message) && !error.message.includes(key.plain));

      await world.releaseStore.retireWeek(release.property, release.week, null);
      for (let round = 0; round < 2; round++) await publisher.retire(release);
      const answer = await get(`${url}/v1/model`, bearer(key)).then(({ status }) => status, () => 'no answer');
      assert.equal(answer, plug.afterwards === 'gone' ? 410 : 'no answer');
    });
  });
}
