import cassandraDriver from 'cassandra-driver';
import { Failure } from '../../domain/failure.ts';
import { settle } from './settle.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { KeyStore, StoredKey } from '../../ports/key-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

/** Hashes of keys by week and slot; plain keys are in no table. */
export const keyTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS api_keys (
    property text, week text, slot text, key_id text, sha256 text, state text, expires_at timestamp, created_at timestamp, revoked_at timestamp,
    PRIMARY KEY ((property), week, slot))`,
];

const consistency = cassandraDriver.types.consistencies.localSerial;
const insert = 'INSERT INTO api_keys (property, week, slot, key_id, sha256, state, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, toTimestamp(now())) IF NOT EXISTS USING TTL ?';
const slot = 'property = ? AND week = ? AND slot = ?';
const dayMs = 86_400_000;

export function createKeyStore(cassandra: Cassandra): KeyStore {
  const readSlot = async (key: Pick<StoredKey, 'property' | 'week' | 'slot'>): Promise<StoredKey | null> => {
    const row = (await cassandra.execute(`SELECT * FROM api_keys WHERE ${slot}`, [key.property, key.week, key.slot], { consistency })).first();
    return row ? keyOf(row) : null;
  };
  const find = async (property: string, week: Week, keyId: string): Promise<StoredKey> => {
    const rows = (await cassandra.execute('SELECT * FROM api_keys WHERE property = ? AND week = ?', [property, week], { consistency })).rows;
    const found = rows.map(keyOf).find((key) => key?.keyId === keyId);
    if (!found) throw new Failure('key-missing', `${property} ${week} has no key ${keyId}`);
    return found;
  };

  return {
    async createIfAbsent(key) {
      await settle(`key ${key.keyId} of ${key.property} ${key.week}`, async () => {
        const outcome = await cassandra.conditional(insert, [
          key.property, key.week, key.slot, key.keyId, key.sha256, key.state, key.expiresAtMs === null ? undefined : new Date(key.expiresAtMs), ttlSeconds(key),
        ]);
        return outcome === 'unknown' ? 'unknown' : 'applied';
      });
      const held = await readSlot(key);
      if (!held) throw new Failure('store-unavailable', `key slot ${key.slot} of ${key.property} ${key.week} was written and is not there`, { isFinal: false });
      return held;
    },
    async listKeys(property) {
      const keys: StoredKey[] = [];
      for await (const rows of cassandra.pages('SELECT * FROM api_keys WHERE property = ?', [property], { pageRows: 500 })) {
        keys.push(...rows.map(keyOf).filter((key) => key !== null));
      }
      return keys;
    },
    revoke: (property, week, keyId) => settle(`revoking key ${keyId}`, async () => {
      const key = await find(property, week, keyId);
      if (key.state === 'revoked') return 'applied';
      return await cassandra.conditional(`UPDATE api_keys SET state = 'revoked', revoked_at = toTimestamp(now()) WHERE ${slot} IF key_id = ?`, [property, week, key.slot, keyId]);
    }),
    expire: (property, week, keyId, atMs) => settle(`expiry of key ${keyId}`, async () => {
      const key = await find(property, week, keyId);
      if (key.expiresAtMs !== null && key.expiresAtMs <= atMs) return 'applied';
      return await cassandra.conditional(`UPDATE api_keys SET expires_at = ? WHERE ${slot} IF key_id = ?`, [new Date(atMs), property, week, key.slot, keyId]);
    }),
  };
}

/** Keys born to expire leave the table a day after; 0 keeps the row. */
function ttlSeconds(key: StoredKey): number {
  return key.expiresAtMs === null ? 0 : Math.max(1, Math.ceil((key.expiresAtMs - Date.now() + dayMs) / 1000));
}

/** Null for what an update left of a row after its time to live. */
function keyOf(row: types.Row): StoredKey | null {
  if (row.sha256 === null) return null;
  return {
    property: row.property as string,
    week: row.week as Week,
    slot: row.slot as string,
    keyId: row.key_id as string,
    sha256: row.sha256 as string,
    state: row.state as StoredKey['state'],
    expiresAtMs: (row.expires_at as Date | null)?.getTime() ?? null,
  };
}
