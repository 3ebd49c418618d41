import type { ActivityEvent } from '../domain/activity/event.ts';
import type { DayReport } from '../domain/activity/ga4/reconcile-day.ts';
import type { DayDue } from '../domain/activity/day-due.ts';
import type { Day, InstantUs } from '../domain/calendar/day.ts';

/** What a source says about one day before its rows are read. */
export type SourceLook =
  /**
   * `finality` is what the source itself says of the version: `provisional` when it may still change by itself. `records`
   * is how many there are, as near as it can be told without reading them (lines of a file, rows of a table).
   */
  | { readonly state: 'present'; readonly sourceVersion: string; readonly bytes: number; readonly records: number; readonly finality: 'final' | 'provisional' }
  /** `dueByUs` is set while the source still has time to bring it: until then nothing is wrong. */
  | { readonly state: 'missing'; readonly expected: string; readonly dueByUs?: InstantUs }
  /** It is there and cannot be read as it is (half a gzip file): `sentence` says why. */
  | { readonly state: 'unreadable'; readonly sentence: string };

/** Where a row stands in its source; `position` counts the day's records from 0 and is the cursor. */
export interface RowPlace {
  readonly position: number;
  readonly file: string;
  readonly line: number;
}

/** One record of the source, understood or not. Nothing is lost: what is not an event says why. */
export type SourceRow = RowPlace &
  (
    // `standsFor`: how many events the row is the sum of; absent where a row is one event.
    /** `eventKey` is unique in the day and a pure function of the day's content, whatever the batches and wherever reading began. */
    | { readonly kind: 'event'; readonly event: ActivityEvent; readonly eventKey: string; readonly payload: string; readonly standsFor?: number }
    | { readonly kind: 'anonymous'; readonly standsFor?: number }
    | { readonly kind: 'rejected'; readonly reason: string; readonly payload: string }
  );

/** One finding of a check of the source, for people. */
export interface SourceFinding {
  readonly level: 'ok' | 'warning' | 'error';
  readonly sentence: string;
}

/** What reading a day would take before it is read. */
export interface ReadingPrice {
  /** At the most: what an earlier attempt has paid for already is not paid again. */
  readonly bytesBilled: number;
  /** Why reading would fail, by the source's own settings; null where it would not. */
  readonly refusal: string | null;
}

/** SOCKET: where a property's activity comes from. */
export interface ActivitySource {
  readonly kind: string;
  /** Hash of everything that decides how a row is understood (column map, format, zone, version of the reader). */
  readonly mappingHash: string;
  /**
   * What is there now. `known` is the version that is stored of the day: a source that can tell that an answer is older
   * than it fails with `source-unavailable` instead, so that no process makes yesterday's content current again.
   */
  look(day: Day, call?: { known?: string; signal?: AbortSignal; onProgress?(): void }): Promise<SourceLook>;
  /**
   * The day's rows from record `from` on, in source order, in batches of at most `batchRows`. A batch may be empty: a
   * sign of life while rows before `from` are passed over. Memory is bounded by the batch. Fails with
   * `day-changed-while-read` at the latest after the last batch when the source no longer has `sourceVersion`.
   * `onBilled` hears, before the first row and as often as that grows, what reading this version has cost so far, all
   * attempts together; a source that bills nothing never calls it.
   */
  read(day: Day, options: { sourceVersion: string; from: number; batchRows: number; signal?: AbortSignal; onBilled?(bytes: number): void }): AsyncIterable<readonly SourceRow[]>;
  /** What reading this version would cost, without reading it and at no cost; absent where a source bills nothing. Fails with `day-changed-while-read` where it no longer has the version. */
  priceOf?(day: Day, call: { sourceVersion: string; signal?: AbortSignal }): Promise<ReadingPrice>;
  /** People, sessions and events of the day as another service of the source's owner counts them, for comparison; absent where there is none. */
  reportedFigures?(day: Day, call?: { signal?: AbortSignal }): Promise<DayReport>;
  /** When a day has to be there, and when its source changes it no more; absent where a day is whole once it is there. */
  dueOf?(day: Day): DayDue;
  /** Says in plain words what is there and what is missing of days on which activity is expected, oldest first; it may look at the newest only. */
  check(days: readonly Day[]): Promise<readonly SourceFinding[]>;
  dispose(): Promise<void>;
}
