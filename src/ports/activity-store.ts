import type { ActivityEvent, KeyedEvent } from '../domain/activity/event.ts';
import type { DayGeneration, DayManifest, DayState } from '../domain/activity/manifest.ts';
import type { Day } from '../domain/calendar/day.ts';
import type { PropertyCalendar } from '../domain/calendar/property-calendar.ts';

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
  readonly sourceVersion: string | null;
  readonly reason: string | null;
}

/** SOCKET: raw activity, its manifests and its quarantine. Every write is an upsert by a key of the input. */
export interface ActivityStore {
  /** Creates the property, or fails with `property-changed` when zone or shard count differ from what is stored. */
  registerProperty(property: StoredProperty): Promise<void>;
  readProperty(property: string): Promise<StoredProperty | null>;
  listProperties(): Promise<readonly string[]>;

  /** The number of (day, source version, mapping): given once, by a conditional insert. */
  claimGeneration(claim: { property: string; day: Day; sourceVersion: string; mappingHash: string }): Promise<{ generation: number; isSealed: boolean }>;
  writeEvents(key: GenerationKey, shardCount: number, events: readonly KeyedEvent[]): Promise<void>;
  writeQuarantine(key: GenerationKey, rows: readonly QuarantinedRow[]): Promise<void>;
  /** Rows, people and checksum of a generation as they are in the store. */
  measureGeneration(key: GenerationKey, shardCount: number): Promise<{ rows: number; people: number; checksum: string }>;
  /** Writes the manifest once; a second call with the same manifest changes nothing. */
  sealGeneration(manifest: DayManifest): Promise<void>;
  /** Moves the day's pointer, never backwards; true when this call moved it. */
  moveCurrent(key: GenerationKey, state: DayState): Promise<boolean>;
  /** Records a look that found nothing to read (missing, closed, waived); the pointer's generation stays. */
  markDay(mark: { property: string; day: Day; state: DayState; reason: string | null }): Promise<void>;

  readManifest(key: GenerationKey): Promise<DayManifest | null>;
  readQuarantine(key: GenerationKey, limit: number): Promise<readonly QuarantinedRow[]>;
  /** The newest status of every day looked at in the closed range, in order. */
  readDays(property: string, from: Day, to: Day): Promise<readonly DayStatus[]>;

  /** Every person of one shard over the given generations, by user, each history whole and in time order. Memory is bounded by the number of days. */
  readShard(read: { property: string; shard: number; days: readonly DayGeneration[]; afterUser?: string; signal?: AbortSignal }): AsyncIterable<PersonHistory>;
  readPerson(read: { property: string; shard: number; days: readonly DayGeneration[]; user: string }): Promise<PersonHistory | null>;
  /** Removes all rows of a generation that no kept release pins. */
  dropGeneration(key: GenerationKey, shardCount: number): Promise<void>;
}
