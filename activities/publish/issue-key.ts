import { hashKey, parseKey, vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { newKey } from './week-key.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

/**
 * The week's key, made when it has none: plain in the vault alone, its hash in the store. The vault is written first and
 * both writes are create-if-absent, so a retry goes on with the key of the attempt before it and mints no second one.
 */
export const issueKey = ({ keyStore, keyVault }: Pick<Plugs, 'keyStore' | 'keyVault'>) =>
  async ({ property, week }: { property: string; week: Week }): Promise<{ keyId: string; created: boolean }> => {
    const held = (await keyStore.listKeys(property)).filter((key) => key.week === week && !key.slot.startsWith('probe/'));
    const inForce = held.find(({ state, expiresAtMs }) => state === 'active' && expiresAtMs === null) ?? held[0];
    if (inForce) return { keyId: inForce.keyId, created: false };

    const name = vaultName(property, week);
    const key = parseKey(await keyVault.createIfAbsent(name, () => newKey().plain));
    if (key === null) throw new Failure('key-missing', `the vault's entry ${name} is not a key; remove it with: npx almanac key forget ${property} ${week}`);
    const stored = await keyStore.createIfAbsent({ property, week, slot: 'first', keyId: key.keyId, sha256: hashKey(key.plain), state: 'active', expiresAtMs: null });
    // Another vault was quicker: its key is the week's, and this one was never given to anybody.
    if (stored.keyId !== key.keyId) await keyVault.forget(name);
    return { keyId: stored.keyId, created: stored.keyId === key.keyId };
  };
