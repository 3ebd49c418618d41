import type { BucketName, Level, Second } from '../domain/rollup/bucket-name.ts';
import type { ComparedRow, Earlier } from '../domain/rollup/compared-days.ts';
import type { SeriesPoint } from '../domain/rollup/series.ts';
import type { RollupSettings } from './rollup-settings.ts';

/** The newest closed bucket of a level. */
export interface NewestBucket {
  readonly bucket: BucketName;
  /** Its end. */
  readonly until: Second;
  readonly members: number;
  /** Members of whom something is missing. */
  readonly partial: number;
  /** Others when the content of the bucket is another. */
  readonly content: string;
}

/** How far a property's clock is; null where no bucket of a level is built. */
export type RollupClock = Readonly<Record<Level, NewestBucket | null>>;

export interface RangeQuestion {
  readonly property: string;
  readonly level: Level;
  /** The first bucket; without it as many as `buckets`. */
  readonly from?: BucketName | undefined;
  /** The last bucket, included; without it `from`, or the newest closed one. */
  readonly to?: BucketName | undefined;
  readonly buckets: number;
}

export interface Series {
  /** The first and last bucket of the range; null where it was not said and nothing is built. */
  readonly from: BucketName | null;
  readonly to: BucketName | null;
  readonly points: readonly SeriesPoint[];
  /** Buckets of the range, up to the newest closed one, in which there is nothing of the member: no reading, or not built. */
  readonly without: number;
}

export interface DayTotals {
  readonly day: BucketName;
  /** The days that it is compared with, and whether they have totals. */
  readonly earlier: Readonly<Record<Earlier, { readonly day: BucketName; readonly hasTotals: boolean }>>;
  readonly rows: readonly ComparedRow[];
}

export interface Members {
  readonly members: readonly string[];
  /** Where the next page goes on; null after the last. */
  readonly next: string | null;
}

/** SOCKET: what people ask of rollups. All fail with `property-unknown`, and with `bad-argument` for a name that is none or a range that is too large. */
export interface RollupReading {
  readonly properties: readonly string[];
  settingsOf(property: string): RollupSettings;
  readClock(property: string): Promise<RollupClock>;
  readMembers(property: string, page: { after: string; limit: number; search: string }): Promise<Members>;
  /** What `members` are worth in each bucket, in their order: one or two. */
  readSeries(question: RangeQuestion, members: readonly string[]): Promise<readonly Series[]>;
  /** Totals by category; null where the day has none. */
  readDay(property: string, day: BucketName): Promise<DayTotals | null>;
}
