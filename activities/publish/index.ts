import { forgetKey, revokeKeys } from './end-key.ts';
import { goLive, refuseRelease } from './go-live.ts';
import { issueKey } from './issue-key.ts';
import { probeRelease } from './probe-release.ts';
import { retireOldWeeks, retireWeek } from './retire-weeks.ts';
import { rotateKey } from './rotate-key.ts';
import type { Plugs } from '../plugs.ts';

export { keyThatOpens } from './week-key.ts';

export type PublishPlugs = Pick<Plugs, 'releaseStore' | 'keyStore' | 'keyVault' | 'publisher' | 'peopleStore' | 'settingsOf'>;

/** The steps by which a week reaches its users, and leaves them. */
export function createPublishActivities(plugs: PublishPlugs) {
  return {
    issueKey: issueKey(plugs),
    rotateKey: rotateKey(plugs),
    revokeKeys: revokeKeys(plugs),
    forgetKey: forgetKey(plugs),
    probeRelease: probeRelease(plugs),
    goLive: goLive(plugs),
    refuseRelease: refuseRelease(plugs),
    retireOldWeeks: retireOldWeeks(plugs),
    retireWeek: retireWeek(plugs),
  };
}
