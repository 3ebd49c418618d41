import { activityInfo } from '@temporalio/activity';
import { hashKey, parseKey, rotationGraceMs, vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { newKey } from './week-key.ts';
import { whileWaiting } from './while-waiting.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { StoredKey } from '../../src/ports/key-store.ts';
import type { Plugs } from '../plugs.ts';

type KeyPlugs = Pick<Plugs, 'keyStore' | 'keyVault' | 'publisher'>;

/**
 * A new key for the week; the ones before it work on for a grace. The step's identity in its workflow names the
 * rotation, so a retry finishes it instead of beginning another.
 */
export const rotateKey = (plugs: KeyPlugs) =>
  async ({ property, week, graceMs = rotationGraceMs }: { property: string; week: Week; graceMs?: number }): Promise<{ keyId: string; replaced: string[] }> => {
    const { workflowExecution, activityId } = activityInfo();
    const slot = `rotation/${workflowExecution?.runId ?? 'none'}/${activityId}`;
    const pendingName = `${vaultName(property, week)}/${slot}`;
    const key = await storeNew(plugs, { property, week, slot, pendingName });
    // Before any other ends: while the week does not take the new key, people have one that lasts.
    await handOut(plugs, { property, week, key, pendingName });
    const others = (await plugs.keyStore.listKeys(property)).filter((other) => other.week === week && other.keyId !== key.keyId && other.state === 'active' && !other.slot.startsWith('probe/'));
    // A key that was itself superseded supersedes no other: a late attempt must not end its successor.
    const ended = key.state === 'active' && key.expiresAtMs === null ? others : [];
    for (const other of ended) await plugs.keyStore.expire(property, week, other.keyId, Date.now() + graceMs);
    await plugs.publisher.refreshKeys({ property, week }, whileWaiting());
    return { keyId: key.keyId, replaced: ended.map(({ keyId }) => keyId) };
  };

/** The rotation's key in the store. A pending entry of the vault carries it over a crash before it is handed out. */
async function storeNew({ keyStore, keyVault }: KeyPlugs, { property, week, slot, pendingName }: { property: string; week: Week; slot: string; pendingName: string }): Promise<StoredKey> {
  const finished = (await keyStore.listKeys(property)).find((key) => key.week === week && key.slot === slot);
  if (finished && (await keyVault.read(pendingName)) === null) return finished;
  const pending = parseKey(await keyVault.createIfAbsent(pendingName, () => newKey().plain));
  if (pending === null) throw new Failure('key-missing', `the vault's entry ${pendingName} is not a key`);
  return keyStore.createIfAbsent({ property, week, slot, keyId: pending.keyId, sha256: hashKey(pending.plain), state: 'active', expiresAtMs: null });
}

/** Nobody is given a key before the week's address knows it: then it is in the vault under the week's name. */
async function handOut({ keyVault, publisher }: KeyPlugs, { property, week, key, pendingName }: { property: string; week: Week; key: StoredKey; pendingName: string }): Promise<void> {
  const pending = parseKey((await keyVault.read(pendingName)) ?? '');
  if (pending !== null && pending.keyId === key.keyId) {
    await publisher.refreshKeys({ property, week }, { ...whileWaiting(), opening: pending.plain });
    await keyVault.replace(vaultName(property, week), pending.plain);
  }
  await keyVault.forget(pendingName);
}
