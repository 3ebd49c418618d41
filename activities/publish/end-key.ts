import { vaultName } from '../../src/domain/release/api-key.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

interface WeekOf {
  property: string;
  week: Week;
}

/** Ends keys for good, and returns when the week's address refuses them or looks for itself. All are ended before the address is waited for. */
export const revokeKeys = ({ keyStore, releaseStore, publisher }: Pick<Plugs, 'keyStore' | 'releaseStore' | 'publisher'>) =>
  async ({ property, week, keyIds, reason, by }: WeekOf & { keyIds: readonly string[]; reason: string; by: string }): Promise<void> => {
    for (const keyId of keyIds) {
      await keyStore.revoke(property, week, keyId);
      await releaseStore.writeAudit({ property, id: `revoke/${week}/${keyId}`, action: 'revoke-key', subject: `${week} ${keyId}`, reason, actor: by });
    }
    await publisher.refreshKeys({ property, week });
  };

/** Removes the plain key from the vault; the key itself goes on working. */
export const forgetKey = ({ keyVault }: Pick<Plugs, 'keyVault'>) =>
  ({ property, week }: WeekOf): Promise<void> => keyVault.forget(vaultName(property, week));
