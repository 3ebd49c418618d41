import { releaseName, type RevisionKey } from '../../src/domain/release/release.ts';
import { whileWaiting } from './while-waiting.ts';
import type { Plugs } from '../plugs.ts';

type LivePlugs = Pick<Plugs, 'releaseStore' | 'publisher'>;

/** Switches the week's address to the revision and returns once it answers with it. */
export const goLive = ({ releaseStore, publisher }: LivePlugs) =>
  async ({ property, week, revision }: RevisionKey): Promise<{ address: string }> => {
    const key = { property, week, revision };
    await releaseStore.goLive(key);
    const outcome = (await releaseStore.readRelease(key))?.outcome ?? 'accepted';
    await releaseStore.writeAudit({ property, id: `live/${releaseName(key)}`, action: 'live', subject: releaseName(key), reason: outcome, actor: 'almanac' });
    return { address: (await publisher.announce(key, whileWaiting())).url };
  };

/** Sets a staged release aside for good; what was live stays live. */
export const refuseRelease = ({ releaseStore }: Pick<Plugs, 'releaseStore'>) =>
  async ({ property, week, revision, reason, by }: RevisionKey & { reason: string; by: string }): Promise<void> => {
    const key = { property, week, revision };
    await releaseStore.refuseRelease(key);
    await releaseStore.writeAudit({ property, id: `refuse/${releaseName(key)}`, action: 'refuse', subject: releaseName(key), reason, actor: by });
  };
