import type { LiveRelease } from '../../src/domain/release/week-status.ts';
import type { Plugs } from '../plugs.ts';

/** What the store knows of a week: the number its next revision gets, what is live, and whether it was taken down. */
export const openWeek = ({ releaseStore, publisher }: Plugs) =>
  async ({ property, week }: { property: string; week: string }): Promise<{ nextRevision: number; live: LiveRelease | null; isRetired: boolean }> => {
    const [releases, stages, service] = await Promise.all([
      releaseStore.readReleases(property, week), releaseStore.readStages(property, week), releaseStore.readService(property, week),
    ]);
    const newest = Math.max(0, ...releases.map(({ revision }) => revision), ...stages.map(({ revision }) => revision));
    const live = service?.state === 'live' ? releases.find(({ revision }) => revision === service.revision) : undefined;
    return {
      nextRevision: newest + 1,
      isRetired: service?.state === 'retired',
      live: live ? { revision: live.revision, address: publisher.addressOf({ property, week }), modelId: live.modelId, scored: live.scored, ...(live.finality === 'provisional' ? { isProvisional: true } : {}) } : null,
    };
  };
