import type { Week } from '../domain/calendar/week.ts';
import type { RevisionKey } from '../domain/release/release.ts';

/** Where a release answers. */
export interface ReleaseAddress {
  /** `http://127.0.0.1:8600/shop/2011-W48`, without a trailing slash. Of a staged release, where the probe asks. */
  readonly url: string;
  /** Headers with which a staged release can be reached before it is live. */
  readonly stagedHeaders: Readonly<Record<string, string>>;
}

/** Who waits for a publisher. */
export interface PublishCall {
  readonly signal?: AbortSignal;
  /** Called at least every five seconds while something is waited for; says for what. */
  onBeat?(said: string): void;
}

/**
 * SOCKET: where releases are served. What should be served is written in `releases`, and which keys open it in
 * `api_keys`, before a publisher is called; it brings the outside there, waits a bounded time, and fails (worth trying
 * again, unless somebody must change something first) when it did not happen. Every call may be repeated.
 */
export interface Publisher {
  /** Makes a staged release reachable for the probe and no one else. */
  stage(key: RevisionKey, call?: PublishCall): Promise<ReleaseAddress>;
  /** Returns when the week's address answers with this revision. */
  announce(key: RevisionKey, call?: PublishCall): Promise<ReleaseAddress>;
  /** Returns when the week's address answers 410, or has answered it and is no more. */
  retire(week: { property: string; week: Week }, call?: PublishCall): Promise<void>;
  /**
   * Brings the week's address, and others that its keys open, to the keys that are stored now, where these do not follow them
   * by themselves. With `opening` it is the week's own alone, and returns when that key opens it.
   */
  refreshKeys(week: { property: string; week: Week }, call?: PublishCall & { readonly opening?: string }): Promise<void>;
  /** What people are told. */
  addressOf(week: { property: string; week: Week }): string;
}
