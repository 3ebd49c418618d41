import { vaultName } from '../../src/domain/release/api-key.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

interface WeekOf {
  property: string;
  week: Week;
}

/** Ends a key for good, and returns when the week's address refuses it or looks for itself. */
export const revokeKey = ({ keyStore, releaseStore, publisher }: Pick<Plugs, 'keyStore' | 'releaseStore' | 'publisher'>) =>
  async ({ property, week, keyId, reason, by }: WeekOf & { keyId: string; reason: string; by: string }): Promise<void> => {
    await keyStore.revoke(property, week, keyId);
    await releaseStore.writeAudit({ property, id: `revoke/${week}/${keyId}`, action: 'revoke-key', subject: `${week} ${keyId}`, reason, actor: by });
    await publisher.refreshKeys({ property, week });
  };

/** Removes the plain key from the vault; the key itself goes on working. */
export const forgetKey = ({ keyVault }: Pick<Plugs, 'keyVault'>) =>
  ({ property, week }: WeekOf): Promise<void> => keyVault.forget(vaultName(property, week));
