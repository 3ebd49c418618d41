import type { ActivityEvent } from '../domain/activity/event.ts';
import type { Day } from '../domain/calendar/day.ts';

/** What a source says about one day before anything is read. */
export type SourceLook =
  | { readonly state: 'present'; readonly sourceVersion: string; readonly bytes: number }
  | { readonly state: 'missing'; readonly expected: string };

/** Where a row stands in its source; `position` counts the day's records from 0 and is the cursor. */
export interface RowPlace {
  readonly position: number;
  readonly file: string;
  readonly line: number;
}

/** One record of the source, understood or not. Nothing is lost: what is not an event says why. */
export type SourceRow = RowPlace &
  (
    | { readonly kind: 'event'; readonly event: ActivityEvent; readonly rowHash: string; readonly payload: string }
    | { readonly kind: 'anonymous' }
    | { readonly kind: 'rejected'; readonly reason: string; readonly payload: string }
  );

/** One finding of a check of the source, for people. */
export interface SourceFinding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly sentence: string;
}

/** SOCKET: where a property's activity comes from. */
export interface ActivitySource {
  readonly kind: string;
  /** Hash of everything that decides how a row is understood (column map, format, zone). */
  readonly mappingHash: string;
  look(day: Day): Promise<SourceLook>;
  /**
   * The day's rows from record `from` on, in source order, in batches of at most `batchRows`. Memory is bounded by the
   * batch. Fails with `day-changed-while-read` when the source no longer has `sourceVersion`.
   */
  read(day: Day, options: { sourceVersion: string; from: number; batchRows: number; signal?: AbortSignal }): AsyncIterable<readonly SourceRow[]>;
  /** Says in plain words what is there and what is missing, from the newest days of the range. */
  check(range: { from: Day; to: Day }): Promise<readonly SourceFinding[]>;
  dispose(): Promise<void>;
}
