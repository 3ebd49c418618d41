import type { Day } from '../calendar/day.ts';
import type { CheckVerdict } from '../check.ts';
import type { EventNames } from './event-names.ts';

/**
 * How a look at one day ended. `final` and `closed` are what a week may be built from; `waived` is a day somebody took
 * responsibility for; `not-due` is not there and its source still has time to bring it; each of the others is a named
 * outcome that holds the week.
 */
export type DayState = 'final' | 'provisional' | 'closed' | 'waived' | 'not-due' | 'missing' | 'empty' | 'bad-rows' | 'low-volume' | 'unknown-people' | 'missing-events' | 'renamed-event';

/** How many events the rows of a day stand for, with a person and without. */
export interface SourceEvents {
  readonly known: number;
  readonly anonymous: number;
}

/** One sealed generation of one day: immutable once written. */
export interface DayManifest {
  readonly property: string;
  readonly day: Day;
  readonly generation: number;
  /** What the content alone is worth; beside the days before it, the day's pointer says it. */
  readonly state: DayState;
  readonly sourceVersion: string;
  readonly mappingHash: string;
  readonly rows: number;
  readonly people: number;
  readonly anonymous: number;
  readonly quarantined: number;
  /** Where a row of the source may stand for many events (a report's); absent where each row is one. */
  readonly sourceEvents?: SourceEvents;
  readonly bytes: number;
  /** What the source billed for reading it, in bytes, all attempts together; 0 where nothing is billed. */
  readonly bytesBilled: number;
  /** Order-independent sum over the event keys, so any reader can prove it saw the whole generation. */
  readonly checksum: string;
  /** Why a person took responsibility for the day (state `waived`), or what was wrong with it. */
  readonly reason: string | null;
  /** Of the events that have a person; null in manifests that were sealed before names were counted. */
  readonly eventNames: EventNames | null;
  /** How each check of the content alone ended when it was sealed; the day's pointer has all checks. */
  readonly checks: readonly CheckVerdict[];
}

/** May a week be built from a day in this state for good? */
export function isSettled(state: DayState): boolean {
  return state === 'final' || state === 'closed' || state === 'waived';
}

/** Does the day become what it must be by itself? It is looked at again, and nobody has to do anything. */
export function isUnderWay(state: DayState): boolean {
  return state === 'provisional' || state === 'not-due';
}

/**
 * What a property's weeks wait for: `final` days, or days that are there though their source may still change them
 * (`provisional`): such a week is marked, and built once more when they are final.
 */
export type FinalityPolicy = 'final' | 'provisional';

/** May a week be built from a day in this state, under the property's policy? */
export function isReadable(state: DayState, policy: FinalityPolicy): boolean {
  return isSettled(state) || (policy === 'provisional' && state === 'provisional');
}

/** Which generation of a day is read. Closed and waived days without rows have generation 0. */
export interface DayGeneration {
  readonly day: Day;
  readonly generation: number;
}
