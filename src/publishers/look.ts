import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import type { PublishCall } from '../ports/publisher.ts';

export interface Seen {
  readonly status: number;
  readonly release: string | null;
  /** For people: what came back, or why nothing did. */
  readonly said: string;
}

export interface Patience {
  readonly waitMs: number;
  readonly pollMs: number;
}

/** Looks at a release's model page until it is as wanted; fails with `probe-failed`, worth another try, when that takes too long. */
export async function lookUntil(options: { what: string; url: string; headers: Record<string, string>; isReached(seen: Seen): boolean; patience: Patience; call?: PublishCall | undefined }): Promise<void> {
  const { what, url, headers, isReached, patience: { waitMs, pollMs }, call } = options;
  const deadline = Date.now() + waitMs;
  for (;;) {
    const seen = await look(`${url}/v1/model`, headers);
    if (isReached(seen)) return;
    if (Date.now() + pollMs > deadline) throw new Failure('probe-failed', `${url} did not ${what} within ${waitMs / 1000} s; last: ${seen.said}. Is the endpoint running and does it reach the store?`, { isFinal: false });
    call?.onBeat?.(`until ${url} can ${what}`);
    await sleep(pollMs, undefined, { signal: call?.signal });
  }
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
