import type { BucketName, Level, Second, Span } from '../domain/rollup/bucket-name.ts';
import type { BucketRow } from '../domain/rollup/bucket-rows.ts';
import type { Seal } from '../domain/rollup/seal.ts';
import type { CopyMark, Period } from '../domain/rollup/series-copy.ts';

/** One bucket of a member as readers have it: its rows, one a platform, and the revision of the bucket that they are from. */
export interface SeriesBucket {
  readonly bucket: BucketName;
  readonly revision: number;
  readonly rows: readonly BucketRow[];
}

export interface SeriesQuestion {
  readonly property: string;
  readonly level: Level;
  readonly member: string;
  readonly span: Span;
}

/** SOCKET: buckets by member, in the order of time: a copy that can be made anew from the buckets at any time. */
export interface SeriesStore {
  /**
   * Built buckets of the member that begin in the span, oldest first; one in which it has no reading, or whose rows have gone
   * by age, is left out. Null where the property has no copy. A copy that is replaced meanwhile is never an error.
   */
  readSeries(question: SeriesQuestion): Promise<readonly SeriesBucket[] | null>;
}

/** One copy of a property's buckets by member: a table of its own. Numbers are never used again. */
export interface CopyKey {
  readonly property: string;
  readonly copy: number;
}

/** What a copy was found to hold before readers turned to it: every value of every bucket. */
export interface Verified {
  readonly buckets: number;
  readonly rows: number;
}

export interface CopyNote extends CopyKey {
  readonly openedAtMs: number;
  /** Null until it was compared with the buckets. */
  readonly verified: (Verified & { readonly atMs: number }) | null;
}

/** A shard of a bucket for a copy. */
export interface CopiedBucket {
  readonly seal: Seal;
  /** Of all its rows. */
  readonly digest: number;
  readonly start: Second;
  readonly rows: readonly BucketRow[];
  /** 0: for good. */
  readonly keepSeconds: number;
}

/** SOCKET: making, keeping and dropping copies by member. */
export interface SeriesCopies {
  /** The number of the copy that was opened for this request; opens the next one where there is none. */
  openCopy(property: string, request: string, atMs: number): Promise<number>;
  /** Copies that are not dropped, oldest first. */
  listCopies(property: string): Promise<readonly CopyNote[]>;
  /** The copy that is read, and since when; null where there is none. */
  readLive(property: string): Promise<{ readonly copy: number; readonly sinceMs: number } | null>;
  /** Has readers turn to a copy by one conditional write. False where somebody has them read a newer one. */
  turnTo(key: CopyKey, verified: Verified, atMs: number): Promise<boolean>;

  ensureTable(key: CopyKey): Promise<void>;
  hasTable(key: CopyKey): Promise<boolean>;
  /** Drops the table and forgets the copy. */
  dropTable(key: CopyKey, atMs: number): Promise<void>;

  /** Writes rows, then what says that they are there. The revision decides and not who writes last: an attempt that was overtaken changes nothing. */
  writeBuckets(key: CopyKey, buckets: readonly CopiedBucket[]): Promise<void>;
  /** What the copy says of the buckets that begin in the span, by `markOf`. */
  readMarks(key: CopyKey, level: Level, span: Span): Promise<ReadonlyMap<string, CopyMark>>;
  /** Every member and period that the copy has rows of, in no order. */
  readMembers(key: CopyKey): AsyncIterable<readonly { readonly level: Level; readonly member: string; readonly period: Period }[]>;
  /** A member's rows in a period, with the first second of their buckets. */
  readPeriod(key: CopyKey, of: { readonly level: Level; readonly member: string; readonly period: Period }): AsyncIterable<readonly { readonly start: Second; readonly row: BucketRow }[]>;
}
