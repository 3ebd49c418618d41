import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import { releaseName, type RevisionKey } from '../domain/release/release.ts';
import type { Week } from '../domain/calendar/week.ts';
import type { Publisher, ReleaseAddress } from '../ports/publisher.ts';

export interface EmbeddedPublisherOptions {
  /** Where the endpoint process answers, without a trailing slash. */
  readonly baseUrl: string;
  /** A key that opens the week now. */
  readonly keyFor: (week: { property: string; week: Week }) => Promise<string>;
  /** How long the endpoint may take to see what the store says; below the heartbeat time-out of a publishing step. */
  readonly waitMs: number;
  readonly pollMs: number;
}

/** PLUG: one endpoint process serves every live week. It follows the store by itself, so publishing is waiting to see it. */
export function createEmbeddedPublisher({ baseUrl, keyFor, waitMs, pollMs }: EmbeddedPublisherOptions): Publisher {
  const addressOf: Publisher['addressOf'] = ({ property, week }) => `${baseUrl}/${encodeURIComponent(property)}/${week}`;
  const until = async (what: string, url: string, attempt: () => Promise<Seen>, isReached: (seen: Seen) => boolean): Promise<void> => {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const seen = await attempt();
      if (isReached(seen)) return;
      if (Date.now() + pollMs > deadline) throw new Failure('probe-failed', `${url} did not ${what} within ${waitMs / 1000} s; last: ${seen.said}. Is the endpoint running and does it reach the store?`, { isFinal: false });
      await sleep(pollMs);
    }
  };
  const untilServed = async (key: RevisionKey, what: string, headers: Record<string, string>): Promise<ReleaseAddress> => {
    const [url, name] = [addressOf(key), releaseName(key)];
    const authorization = `Bearer ${await keyFor(key)}`;
    await until(what, url, () => look(`${url}/v1/model`, { ...headers, authorization }), ({ status, release }) => status === 200 && release === name);
    return { url, stagedHeaders: stagedHeaders(key) };
  };

  return {
    addressOf,
    stage: (key) => untilServed(key, `serve the staged release ${releaseName(key)}`, stagedHeaders(key)),
    announce: (key) => untilServed(key, `serve ${releaseName(key)}`, {}),
    retire: async (week) => {
      const url = addressOf(week);
      await until('answer 410', url, () => look(`${url}/v1/model`, {}), ({ status }) => status === 410);
    },
  };
}

interface Seen {
  readonly status: number;
  readonly release: string | null;
  /** For people: what came back, or why nothing did. */
  readonly said: string;
}

/** One look over a new connection. What was sent is never repeated: it holds a key. */
async function look(url: string, headers: Record<string, string>): Promise<Seen> {
  try {
    const response = await fetch(url, { headers: { ...headers, connection: 'close' }, redirect: 'manual', signal: AbortSignal.timeout(5_000) });
    const body = (await response.json().catch(() => null)) as { release?: unknown } | null;
    const release = typeof body?.release === 'string' ? body.release : null;
    return { status: response.status, release, said: `status ${response.status}${release === null ? '' : ` of release ${release}`}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { status: 0, release: null, said: cause instanceof Error ? `no answer (${'code' in cause ? String(cause.code) : cause.name})` : 'no answer' };
  }
}

function stagedHeaders(key: RevisionKey): Record<string, string> {
  return { 'almanac-release': releaseName(key) };
}
