import { releaseName, type RevisionKey } from '../domain/release/release.ts';
import { lookUntil } from './look.ts';
import { stagedHeaders } from './staged-headers.ts';
import type { Week } from '../domain/calendar/week.ts';
import type { PublishCall, Publisher, ReleaseAddress } from '../ports/publisher.ts';

export interface EmbeddedPublisherOptions {
  /** Where the endpoint process answers, without a trailing slash. */
  readonly baseUrl: string;
  /** A key that opens the week now. */
  readonly keyFor: (week: { property: string; week: Week }) => Promise<string>;
  /** How long the endpoint may take to see what the store says. */
  readonly waitMs: number;
  readonly pollMs: number;
}

/** PLUG: one endpoint process serves every live week. It follows the store by itself, so publishing is waiting to see it. */
export function createEmbeddedPublisher({ baseUrl, keyFor, ...patience }: EmbeddedPublisherOptions): Publisher {
  const addressOf: Publisher['addressOf'] = ({ property, week }) => `${baseUrl}/${encodeURIComponent(property)}/${week}`;
  const untilServed = async (key: RevisionKey, what: string, headers: Record<string, string>, call?: PublishCall): Promise<ReleaseAddress> => {
    const [url, name] = [addressOf(key), releaseName(key)];
    const authorization = `Bearer ${await keyFor(key)}`;
    await lookUntil({ what, url, headers: { ...headers, authorization }, isReached: ({ status, release }) => status === 200 && release === name, patience, call });
    return { url, stagedHeaders: stagedHeaders(key) };
  };

  return {
    addressOf,
    stage: (key, call) => untilServed(key, `serve the staged release ${releaseName(key)}`, stagedHeaders(key), call),
    announce: (key, call) => untilServed(key, `serve ${releaseName(key)}`, {}, call),
    retire: (week, call) => lookUntil({ what: 'answer 410', url: addressOf(week), headers: {}, isReached: ({ status }) => status === 410, patience, call }),
    refreshKeys: async () => undefined,
  };
}
