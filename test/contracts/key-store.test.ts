import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { createKeyStore, keyTables } from '../../src/stores/cassandra/key-store.ts';
import { testCassandra } from '../world.ts';
import type { KeyStore, StoredKey } from '../../src/ports/key-store.ts';

const plugs = [{
  name: 'cassandra',
  async open(): Promise<{ store: KeyStore; dispose: () => Promise<void> }> {
    const { cassandra, dispose } = await testCassandra(keyTables);
    return { store: createKeyStore(cassandra), dispose };
  },
}];

const aKey = (different: Partial<StoredKey>): StoredKey =>
  ({ property: 'shop', week: '2011-W48', slot: 'first', keyId: 'k1', sha256: 'ab'.repeat(32), state: 'active', expiresAtMs: null, ...different });

for (const plug of plugs) {
  suite(`key store: ${plug.name}`, () => {
    let store: KeyStore;
    let dispose: () => Promise<void>;
    before(async () => { ({ store, dispose } = await plug.open()); });
    after(() => dispose());

    test('a slot keeps its first key, whoever comes later', async () => {
      const keys = Array.from({ length: 8 }, (_, index) => aKey({ property: 'race', keyId: `k${index}` }));
      const held = await Promise.all(keys.map((key) => store.createIfAbsent(key)));
      assert.equal(new Set(held.map(({ keyId }) => keyId)).size, 1);
      assert.deepEqual(await store.listKeys('race'), [held[0]]);
    });

    test('a revoked key stays revoked and keeps its slot', async () => {
      const key = aKey({ property: 'revoke' });
      await store.createIfAbsent(key);
      for (let round = 0; round < 2; round++) await store.revoke('revoke', key.week, key.keyId);
      assert.equal((await store.createIfAbsent({ ...key, keyId: 'k2' })).state, 'revoked');
      await assert.rejects(store.revoke('revoke', key.week, 'k9'), (error) => error instanceof Failure && error.code === 'key-missing');
    });

    test('the earliest expiry holds', async () => {
      const key = aKey({ property: 'expire' });
      await store.createIfAbsent(key);
      for (const atMs of [5_000, 9_000, 4_000]) await store.expire('expire', key.week, key.keyId, atMs);
      assert.equal((await store.listKeys('expire'))[0]?.expiresAtMs, 4_000);
    });

    test('keys of other weeks and slots live side by side', async () => {
      const keys = [aKey({ property: 'many', week: '2011-W47' }), aKey({ property: 'many' }), aKey({ property: 'many', slot: 'probe/k3', keyId: 'k3', expiresAtMs: Date.now() + 600_000 })];
      for (const key of keys) await store.createIfAbsent(key);
      assert.deepEqual(await store.listKeys('many'), keys);
    });
  });
}
