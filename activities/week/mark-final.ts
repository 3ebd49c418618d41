import { releaseName, type RevisionKey } from '../../src/domain/release/release.ts';
import type { Plugs } from '../plugs.ts';

/** Takes the mark from a release whose days are final as they were read: what it serves is what a build would give now. */
export const markFinal = ({ releaseStore }: Pick<Plugs, 'releaseStore'>) =>
  async ({ property, week, revision }: RevisionKey): Promise<void> => {
    const key = { property, week, revision };
    await releaseStore.markFinal(key);
    await releaseStore.writeAudit({ property, id: `final/${releaseName(key)}`, action: 'final', subject: releaseName(key), reason: 'its days are final as they were read', actor: 'almanac' });
  };
