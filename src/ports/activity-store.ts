import type { ActivityEvent, KeyedEvent } from '../domain/activity/event.ts';
import type { DayGeneration, DayManifest, DayState, SourceEvents } from '../domain/activity/manifest.ts';
import type { EventNames } from '../domain/activity/event-names.ts';
import type { Day, InstantUs } from '../domain/calendar/day.ts';
import type { PropertyCalendar } from '../domain/calendar/property-calendar.ts';
import type { CheckVerdict } from '../domain/check.ts';

/** A property as the store knows it: zone, shard count and hash are fixed for life. */
export interface StoredProperty {
  readonly property: string;
  readonly shardCount: number;
  readonly calendar: PropertyCalendar;
}

/** One row that could not be understood. */
export interface QuarantinedRow {
  readonly position: number;
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  readonly payload: string;
}

/** The whole life, in the days asked for, of one person: events in time order. */
export interface PersonHistory {
  readonly user: string;
  readonly events: readonly ActivityEvent[];
}

/** One generation of one day. */
export interface GenerationKey {
  readonly property: string;
  readonly day: Day;
  readonly generation: number;
}

/** What the newest look at a day said. */
export interface DayStatus {
  readonly day: Day;
  readonly state: DayState;
  /** The generation a reader reads; 0 where there are no rows. */
  readonly generation: number;
  readonly rows: number;
  readonly people: number;
  readonly anonymous: number;
  readonly quarantined: number;
  readonly sourceEvents?: SourceEvents;
  readonly sourceVersion: string | null;
  readonly reason: string | null;
  /** How the day's checks ended in the newest look; of a waived day those that were waived. */
  readonly checks: readonly CheckVerdict[];
  /** When the store took in this status, from the store's own write time. */
  readonly knownAtUs: InstantUs;
}

/** How long a day took to come in: from the number it was given to its seal, by the store's own write times. */
export interface Intake {
  readonly day: Day;
  /** Rows with and without a person, and those that were not understood. */
  readonly records: number;
  readonly seconds: number;
}

/** Bytes that a source billed. */
export interface Billed {
  readonly bytes: number;
  /** Of them, for versions that were given up before they were sealed, because the source changed while they were read. */
  readonly givenUp: number;
}

/** Signs of life and the way out of a long call. */
export interface LongCall {
  readonly signal?: AbortSignal;
  onProgress?(): void;
}

/** SOCKET: raw activity, its manifests and its quarantine. Every write is an upsert by a key of the input. */
export interface ActivityStore {
  /** Creates the property, or fails with `property-changed` when zone or shard count differ from what is stored; the rest of the calendar may change. */
  registerProperty(property: StoredProperty): Promise<void>;
  readProperty(property: string): Promise<StoredProperty | null>;

  /** The number of (day, source version, mapping): given once, by a conditional insert. */
  claimGeneration(claim: { property: string; day: Day; sourceVersion: string; mappingHash: string }): Promise<{ generation: number; isSealed: boolean }>;
  writeEvents(key: GenerationKey, shardCount: number, events: readonly KeyedEvent[]): Promise<void>;
  writeQuarantine(key: GenerationKey, rows: readonly QuarantinedRow[]): Promise<void>;
  /** Rows, people, checksum and event names of a generation as they are in the store. Names beyond 1000 in a shard are counted together. */
  measureGeneration(key: GenerationKey, shardCount: number, call?: LongCall): Promise<{ rows: number; people: number; checksum: string; eventNames: EventNames }>;
  /** Sessions of a generation: pairs of a person and a group that is not null. */
  countSessions(key: GenerationKey, shardCount: number, call?: LongCall): Promise<number>;
  /** Writes the manifest once; a second call changes nothing. */
  sealGeneration(manifest: DayManifest): Promise<void>;
  /**
   * Points the day at a sealed generation, in one conditional write. `expected` is the generation that was current when
   * the source was looked at: a slow old attempt finds another one there, changes nothing and gets false. Doing it twice is doing it once.
   * With `was` it is moved only over that state: what a person has said meanwhile stays.
   */
  moveCurrent(move: GenerationKey & { expected: number; was?: DayState; state: DayState; reason: string | null; checks?: readonly CheckVerdict[] }): Promise<boolean>;
  /** Records a look that found nothing to read (missing, closed) or a person's decision (waived, which keeps the checks that were waived); the pointer's generation stays. */
  markDay(mark: { property: string; day: Day; state: DayState; reason: string | null }): Promise<void>;

  /** The manifest of a sealed generation; null where there is none, or it was dropped. */
  readManifest(key: GenerationKey): Promise<DayManifest | null>;
  /** The first `limit` rows by position, or those after position `after`. */
  readQuarantine(key: GenerationKey, limit: number, after?: number): Promise<readonly QuarantinedRow[]>;
  /** The newest status of every day looked at in the closed range, in order. */
  readDays(property: string, from: Day, to: Day): Promise<readonly DayStatus[]>;
  /** What the source billed for days of the closed range: each version once, kept or dropped. */
  readBilled(property: string, from: Day, to: Day): Promise<Billed>;
  /** Of sealed generations, the newest days first; at most `limit`. One that was interrupted counts the interruption. */
  readIntakes(property: string, limit: number): Promise<readonly Intake[]>;

  /** Every person of one shard over the given generations, by user (order of UTF-8 bytes), each history whole and in time order. Memory is bounded by the number of days. */
  readShard(read: { property: string; shard: number; days: readonly DayGeneration[]; signal?: AbortSignal }): AsyncIterable<PersonHistory>;
  readPerson(read: { property: string; shard: number; days: readonly DayGeneration[]; user: string }): Promise<PersonHistory | null>;
  /**
   * Removes all rows of a generation that no kept release pins. Its number is never given again, and `bytesBilled` of one
   * that was not sealed is kept with it. Fails with `bad-argument` for the current one.
   */
  dropGeneration(key: GenerationKey, shardCount: number, spent?: { readonly bytesBilled?: number }): Promise<void>;
}
