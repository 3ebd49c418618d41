import { activityInfo } from '@temporalio/activity';
import { hashKey, parseKey, rotationGraceMs, vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { newKey } from './week-key.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { StoredKey } from '../../src/ports/key-store.ts';
import type { Plugs } from '../plugs.ts';

type KeyPlugs = Pick<Plugs, 'keyStore' | 'keyVault'>;

/**
 * A new key for the week; the ones before it work on for a grace. The step's identity in its workflow names the
 * rotation, so a retry finishes it instead of beginning another.
 */
export const rotateKey = (plugs: KeyPlugs) =>
  async ({ property, week, graceMs = rotationGraceMs }: { property: string; week: Week; graceMs?: number }): Promise<{ keyId: string; replaced: string[] }> => {
    const { workflowExecution, activityId } = activityInfo();
    const slot = `rotation/${workflowExecution?.runId ?? 'none'}/${activityId}`;
    const key = await storeNew(plugs, property, week, slot);
    const others = (await plugs.keyStore.listKeys(property)).filter((other) => other.week === week && other.keyId !== key.keyId && other.state === 'active' && !other.slot.startsWith('probe/'));
    // A key that was itself superseded supersedes no other: a late attempt must not end its successor.
    const ended = key.state === 'active' && key.expiresAtMs === null ? others : [];
    for (const other of ended) await plugs.keyStore.expire(property, week, other.keyId, Date.now() + graceMs);
    return { keyId: key.keyId, replaced: ended.map(({ keyId }) => keyId) };
  };

/** The rotation's key in the store, and in the vault under the week's name. A pending entry carries it over a crash between the two. */
async function storeNew({ keyStore, keyVault }: KeyPlugs, property: string, week: Week, slot: string): Promise<StoredKey> {
  const [name, pendingName] = [vaultName(property, week), `${vaultName(property, week)}/${slot}`];
  const finished = (await keyStore.listKeys(property)).find((key) => key.week === week && key.slot === slot);
  if (finished && (await keyVault.read(pendingName)) === null) return finished;
  const pending = parseKey(await keyVault.createIfAbsent(pendingName, () => newKey().plain));
  if (pending === null) throw new Failure('key-missing', `the vault's entry ${pendingName} is not a key`);
  const stored = await keyStore.createIfAbsent({ property, week, slot, keyId: pending.keyId, sha256: hashKey(pending.plain), state: 'active', expiresAtMs: null });
  if (stored.keyId === pending.keyId) await keyVault.replace(name, pending.plain);
  await keyVault.forget(pendingName);
  return stored;
}
