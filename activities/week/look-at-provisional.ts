import { lookAtDays } from './look-at-days.ts';
import { staleReason } from './refresh-stale.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { WaitingDay } from '../../src/domain/release/week-status.ts';
import type { Plugs } from '../plugs.ts';

export type ProvisionalLook =
  /** Days that it read, or read without, are not final yet. */
  | { readonly found: 'waiting'; readonly waitingFor: readonly WaitingDay[] }
  /** All days are final, in the versions that were read. */
  | { readonly found: 'same' }
  /** All days are final, and at least one came in another version. */
  | { readonly found: 'changed'; readonly reason: string };

/** Have the days of a provisional release become final, and as it read them? */
export const lookAtProvisional = ({ activityStore, artifacts, releaseStore, settingsOf, sourceOf }: Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'settingsOf' | 'sourceOf'>) =>
  async ({ property, week, revision }: RevisionKey): Promise<ProvisionalLook> => {
    const { isReady, waitingFor } = await lookAtDays({ activityStore, settingsOf, sourceOf })({ property, week, policy: 'final' });
    if (!isReady) return { found: 'waiting', waitingFor };
    const release = await releaseStore.readRelease({ property, week, revision });
    const reason = release && (await staleReason({ activityStore, artifacts }, release, settingsOf(property).calendar.firstDay));
    return reason === null ? { found: 'same' } : { found: 'changed', reason };
  };
