import type { BucketName, Level, Second } from '../domain/rollup/bucket-name.ts';
import type { BucketRow } from '../domain/rollup/bucket-rows.ts';
import type { Reading, ReadingColumns } from '../domain/rollup/reading.ts';
import type { BucketKey, Seal } from '../domain/rollup/seal.ts';
import type { LongCall } from './activity-store.ts';

/** One shard of the readings of one minute: what is written, and read, together. */
export interface MinuteKey {
  readonly property: string;
  readonly minute: BucketName;
  readonly shard: number;
}

/** The rows of one build of a bucket: they never change, other inputs have rows of their own. */
export interface RowsKey extends BucketKey {
  readonly inputs: string;
}

export interface SealChange {
  readonly seal: Seal;
  /** Null where the shard has none. */
  readonly before: Seal | null;
}

/** A reading that was kept aside, and when. */
export interface AsideReading extends Reading {
  readonly writtenUs: number;
}

/** SOCKET: readings as they came in. */
export interface ReadingStore {
  /** An upsert by (platform, member, second), in pieces each of which is there whole or not at all, together with what makes the minute's inputs others. Kept so long; 0: for good. */
  writeReadings(key: MinuteKey, readings: readonly Reading[], keepSeconds: number): Promise<void>;
  /** Stands for all pieces that were written: the same pieces twice are the same inputs. `noInputs` where there are none. */
  readInputs(key: MinuteKey): Promise<string>;
  /** In order of member, platform and second; at least those of the inputs that were read before. */
  readReadings(key: MinuteKey): AsyncIterable<ReadingColumns>;
  /** Says that readings came, or are about to come, into a minute that is built. Before they are written, so that no crash can hide them. */
  noteLate(key: MinuteKey, keepSeconds: number): Promise<void>;
  /** What was noted of the minutes of a UTC day. A note stays after its minute was built again. */
  listLate(property: string, utcDay: string): Promise<readonly MinuteKey[]>;
  /** Readings that came too late, or are of a time before the first day, by their keys: the same twice is one. */
  keepAside(property: string, readings: readonly Reading[]): Promise<void>;
  /** Hours of which any are aside, in order. */
  listAsideHours(property: string): Promise<readonly BucketName[]>;
  /** How many of an hour are aside. */
  countAside(property: string, hour: BucketName, call?: LongCall): Promise<number>;
  /** Those of an hour, page by page. */
  readAside(property: string, hour: BucketName): AsyncIterable<readonly AsideReading[]>;
  /** Of a page that was read, those that `drops` says are no longer aside, as they were read: one that came again since stays. */
  dropAside(property: string, hour: BucketName, page: readonly AsideReading[], drops: (reading: AsideReading) => boolean): Promise<void>;
  /** An hour of which none are left is no longer named. */
  closeAsideHour(property: string, hour: BucketName): Promise<void>;
}

/** SOCKET: buckets of every level, and what says that they are built. */
export interface BucketStore {
  writeRows(key: RowsKey, rows: readonly BucketRow[], keepSeconds: number): Promise<void>;
  /** In order of member and platform. */
  readRows(key: RowsKey): AsyncIterable<readonly BucketRow[]>;
  /** Those of one member, in order of platform. */
  readMember(key: RowsKey, member: string): Promise<readonly BucketRow[]>;
  dropRows(key: RowsKey): Promise<void>;
  /** The seals of these buckets, of all shards. */
  readSeals(property: string, level: Level, buckets: readonly BucketName[]): Promise<readonly Seal[]>;
  /** Seals shards of one bucket, each in place of the seal that was read before, all or none. False when somebody else was faster: then theirs stand. */
  seal(changes: readonly SealChange[]): Promise<boolean>;
  /** The end of the newest minute that was closed; null before the first. Moving it back does nothing. */
  readClosedUntil(property: string): Promise<Second | null>;
  moveClosedUntil(property: string, second: Second): Promise<void>;
}

/** SOCKET: what of a rollup never changes. */
export interface RollupRegister {
  /** The first call holds; fails with `property-changed` where zone or shard count are others than then. */
  registerProperty(settings: { readonly property: string; readonly timeZone: string; readonly shards: number }): Promise<void>;
}

/** SOCKET: all that rollups keep. */
export interface RollupStore extends ReadingStore, BucketStore, RollupRegister {}
