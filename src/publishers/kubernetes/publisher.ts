import { currentOf } from '../../domain/release/current.ts';
import { releaseName, type RevisionKey } from '../../domain/release/release.ts';
import { lookUntil } from '../look.ts';
import { stagedHeaders } from '../staged-headers.ts';
import { weekAddress, type WeekOf } from './names.ts';
import { keysOf, refreshKeys, type WeekKeysOptions } from './week-keys.ts';
import { applyCurrent, applyWeek, removeWeek, urlOfWeek } from './week-objects.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { PublishCall, Publisher } from '../../ports/publisher.ts';

export interface KubernetesPublisherOptions extends WeekKeysOptions {
  /** A key that opens the week now; stored before it is given. */
  readonly keyFor: (week: WeekOf) => Promise<string>;
}

/**
 * PLUG: a Deployment and a Service for each week. Its pods run the endpoint, which follows the store for what is staged and
 * live; image, settings and keys are the Deployment's, so these reach users by rolling out.
 */
export function createKubernetesPublisher(options: KubernetesPublisherOptions): Publisher {
  const { settings, cluster, keyFor, patience } = options;
  const addressOf = (week: WeekOf): string => weekAddress(settings, week);

  async function untilServed(key: RevisionKey, what: string, headers: Record<string, string>, call?: PublishCall): Promise<string> {
    // The key before the pods: they know the keys that were stored when they started.
    const authorization = `Bearer ${await keyFor(key)}`;
    const url = await applyWeek(options, key, await keysOf(options, key), call);
    await lookUntil({ what, url, headers: { ...headers, authorization }, isReached: ({ status, release }) => status === 200 && release === releaseName(key), patience, call });
    return url;
  }

  return {
    addressOf,
    stage: async (key, call) => ({ url: await untilServed(key, `serve the staged release ${releaseName(key)}`, stagedHeaders(key), call), stagedHeaders: stagedHeaders(key) }),
    announce: async (key, call) => {
      await untilServed(key, `serve ${releaseName(key)}`, {}, call);
      await followCurrent(options, key.property);
      return { url: addressOf(key), stagedHeaders: stagedHeaders(key) };
    },
    retire: async (week, call) => {
      const url = await urlOfWeek(cluster, week);
      if (url !== null) await lookUntil({ what: 'answer 410', url, headers: {}, isReached: ({ status }) => status === 410, patience, call });
      await followCurrent(options, week.property);
      await removeWeek(cluster, week, call);
    },
    refreshKeys: (week, call) => refreshKeys(options, week, call),
  };
}

/** Two weeks may be published at once: whoever comes last looks again, so the address ends at the latest. */
async function followCurrent(options: KubernetesPublisherOptions, property: string): Promise<void> {
  const latest = async (): Promise<Week | null> => currentOf(await options.releaseStore.listWeeks(property), 0)?.week ?? null;
  let pointed = await latest();
  for (let before: Week | null | undefined; before !== pointed; pointed = await latest()) {
    await applyCurrent(options, property, pointed);
    before = pointed;
  }
}
