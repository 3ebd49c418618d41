import { daysBetween, weekdayOf, type Day } from '../calendar/day.ts';
import { failed, levelBelow, percent, verdictOf, type CheckLimits, type CheckVerdict } from '../check.ts';
import { missingEvents, unknownPeople } from './day-checks.ts';
import { renamedEvent, type PastNames } from './renamed-event.ts';
import type { EventNames } from './event-names.ts';
import type { DayState, SourceEvents } from './manifest.ts';

/** When a day that was read is not good enough. Shares are of 1. A check without limits is not made. */
export interface DayChecks {
  /** Above this share of a day's records in quarantine the day is `bad-rows`. */
  readonly badRowShare: number;
  /** Share of the usual volume, below. A day that fails is `low-volume`. */
  readonly volume?: CheckLimits;
  /** The older setting of the same check, which knew no warning; wins where it is given. */
  readonly lowVolumeShare?: number;
  /** Settled days with rows that must lie before a day until its volume is judged. */
  readonly volumeHistoryDays: number;
  /** An empty day holds its week, or is final: for a property where nothing may happen on a day. `hold` unless said. */
  readonly emptyDays?: 'hold' | 'final';
  /** Records a day needs until shares of them are judged; 0 unless said. */
  readonly leastRecords?: number;
  /** Share of records without a person, above. */
  readonly unknownPeople?: CheckLimits;
  /** Event names that every day should have. */
  readonly expectedEvents?: readonly string[];
  /** Share of the expected names that do not occur, above. */
  readonly missingEvents?: CheckLimits;
  /** Share of the recent past's events that the vanished name had, above. */
  readonly renamedEvent?: CheckLimits;
}

export interface DayCounts {
  readonly rows: number;
  readonly anonymous: number;
  readonly quarantined: number;
  /** Absent where each row is one event. */
  readonly sourceEvents?: SourceEvents;
  /** Null where names were not counted: nothing is said of them then. */
  readonly eventNames?: EventNames | null;
}

/** Records of a settled day in the past: rows with and without a person. */
export interface PastVolume {
  readonly day: Day;
  readonly records: number;
}

export interface Verdict {
  readonly state: Extract<DayState, 'final' | 'empty' | 'bad-rows'> | DayFault;
  /** What was seen and what was expected; null when the day is final. */
  readonly reason: string | null;
  /** Every check that was made; empty for a day with nothing to check. */
  readonly checks: readonly CheckVerdict[];
}

/** The state of a day by the check that failed. */
export type DayFault = Extract<DayState, 'low-volume' | 'unknown-people' | 'missing-events' | 'renamed-event'>;

/** How many days back the volume of a day is compared: eight of the same weekday. */
export const volumeLookBackDays = 56;
const leastSameWeekdays = 3;
const recentDays = 14;

/**
 * Is a day good enough to build a week from? Bad rows, empty, the first check that fails (volume, unknown people, missing
 * events, renamed event), or final. `past` and `pastNames` are of settled days before it.
 */
export function judgeDay(day: Day, counts: DayCounts, checks: DayChecks, past: readonly PastVolume[], pastNames: readonly PastNames[] = []): Verdict {
  return judge(counts, checks, () => checksOf(day, counts, checks, past, pastNames));
}

/** What the content of a day alone is worth: the same without the checks that compare it with the days before it. */
export function judgeContent(counts: DayCounts, checks: DayChecks): Verdict {
  return judge(counts, checks, () => contentChecks(counts, checks, []));
}

function judge(counts: DayCounts, checks: DayChecks, made: () => CheckVerdict[]): Verdict {
  const records = counts.rows + counts.anonymous;
  const read = records + counts.quarantined;
  const share = read === 0 ? 0 : counts.quarantined / read;
  if (share > checks.badRowShare) {
    return { state: 'bad-rows', reason: `${counts.quarantined} of ${read} records are in quarantine (${percent(share)}; limit ${percent(checks.badRowShare)})`, checks: [] };
  }
  if (records === 0 && checks.emptyDays === 'final') return { state: 'final', reason: null, checks: [] };
  if (records === 0) return { state: 'empty', reason: 'the source is there and holds no records', checks: [] };
  const verdicts = made();
  const [first] = failed(verdicts);
  if (!first) return { state: 'final', reason: null, checks: verdicts };
  const state = first.check === 'volume' ? 'low-volume' : (first.check as DayFault); // a day's checks besides volume name its state
  return { state, reason: failed(verdicts).map(({ sentence }) => sentence).join('; '), checks: verdicts };
}

function checksOf(day: Day, counts: DayCounts, checks: DayChecks, past: readonly PastVolume[], pastNames: readonly PastNames[]): CheckVerdict[] {
  const records = counts.rows + counts.anonymous;
  const names = counts.eventNames ?? null;
  return [
    volume(day, records, checks, past),
    ...contentChecks(counts, checks, pastNames),
    ...(checks.renamedEvent && names && records >= (checks.leastRecords ?? 0) ? [renamedEvent(day, names, pastNames, checks.renamedEvent, checks.volumeHistoryDays)] : []),
  ];
}

/** The checks that need no past; one that is known excuses what is rare in it. */
function contentChecks(counts: DayCounts, checks: DayChecks, pastNames: readonly PastNames[]): CheckVerdict[] {
  const names = counts.eventNames ?? null;
  return [
    ...(checks.unknownPeople ? [unknownPeople(counts, checks.unknownPeople, checks.leastRecords ?? 0)] : []),
    ...(checks.missingEvents && names ? [missingEvents(names, pastNames.map((past) => past.names), checks.expectedEvents ?? [], checks.missingEvents)] : []),
  ];
}

/** `volume`: the share of the usual volume. */
function volume(day: Day, records: number, checks: DayChecks, past: readonly PastVolume[]): CheckVerdict {
  const older = checks.lowVolumeShare;
  const limits = older === undefined ? checks.volume ?? { warn: 0, fail: 0 } : { warn: older, fail: older };
  const usual = usualVolume(day, past, checks.volumeHistoryDays);
  const level = usual === null ? 'ok' : levelBelow(records / usual, limits);
  return verdictOf('volume', level, limits, (limit) => `${records} records are ${percent(records / (usual ?? records))} of the usual ${Math.round(usual ?? records)} (limit ${percent(limit)})`);
}

/**
 * Records of an ordinary day on this weekday: the median of the same weekday in the past eight weeks. Where that is fewer
 * than three days, the last two weeks' median, and never more than the busiest of those few: a Sunday that is quiet each
 * week is not judged by Mondays. Null without enough history.
 */
export function usualVolume(day: Day, past: readonly PastVolume[], leastHistoryDays: number): number | null {
  const before = past.filter((other) => other.day < day && daysBetween(other.day, day) <= volumeLookBackDays && other.records > 0);
  if (before.length < leastHistoryDays) return null;
  const sameWeekday = before.filter((other) => weekdayOf(other.day) === weekdayOf(day)).map(({ records }) => records);
  if (sameWeekday.length >= leastSameWeekdays) return median(sameWeekday);
  const recent = median(before.toSorted((a, b) => (a.day < b.day ? 1 : -1)).slice(0, recentDays).map(({ records }) => records));
  return sameWeekday.length === 0 ? recent : Math.min(recent, Math.max(...sameWeekday));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
