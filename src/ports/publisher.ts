import type { Week } from '../domain/calendar/week.ts';
import type { RevisionKey } from '../domain/release/release.ts';

/** Where a release answers. */
export interface ReleaseAddress {
  /** `http://127.0.0.1:8600/shop/2011-W48`, without a trailing slash. */
  readonly url: string;
  /** Headers with which a staged release can be reached before it is live. */
  readonly stagedHeaders: Readonly<Record<string, string>>;
}

/**
 * SOCKET: where releases are served. What should be served is written in `releases` before a publisher is called; it
 * brings the outside there, waits a bounded time, and fails with `probe-failed` (worth trying again) when it did not happen.
 * Every call may be repeated.
 */
export interface Publisher {
  /** Makes a staged release reachable for the probe and no one else. */
  stage(key: RevisionKey): Promise<ReleaseAddress>;
  /** Returns when the week's address answers with this revision. */
  announce(key: RevisionKey): Promise<ReleaseAddress>;
  /** Returns when the week's address answers 410. */
  retire(week: { property: string; week: Week }): Promise<void>;
  addressOf(week: { property: string; week: Week }): string;
}
