import { randomBytes } from 'node:crypto';
import { hashKey, isUsable, keyBytes, makeKey, parseKey, probeKeyLifeMs, vaultName, type ApiKey } from '../../src/domain/release/api-key.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { KeyStore, KeyVault } from '../../src/ports/key-store.ts';

interface Keys {
  readonly keyStore: KeyStore;
  readonly keyVault: KeyVault;
}

/**
 * A plain key that opens the week now: the week's own from the vault, or, where that was forgotten, revoked or has
 * expired, one made for this probe that dies by itself. For probes and publishers; never to be returned by a step.
 */
export async function keyThatOpens({ keyStore, keyVault }: Keys, { property, week }: { property: string; week: Week }): Promise<string> {
  const plain = await keyVault.read(vaultName(property, week));
  const keyId = plain === null ? null : parseKey(plain)?.keyId;
  const stored = (await keyStore.listKeys(property)).find((key) => key.keyId === keyId && key.week === week);
  if (plain !== null && stored && isUsable(stored, Date.now() + probeKeyLifeMs / 10)) return plain;
  const probe = newKey();
  await keyStore.createIfAbsent({
    property, week, slot: `probe/${probe.keyId}`, keyId: probe.keyId, sha256: hashKey(probe.plain), state: 'active', expiresAtMs: Date.now() + probeKeyLifeMs,
  });
  return probe.plain;
}

export function newKey(): ApiKey {
  return makeKey(randomBytes(keyBytes));
}
