import { daysBetween, weekdayOf, type Day } from '../calendar/day.ts';
import type { DayState } from './manifest.ts';

/** When a day that was read is not good enough. Shares are of 1. */
export interface DayChecks {
  /** Above this share of a day's records in quarantine the day is `bad-rows`. */
  readonly badRowShare: number;
  /** Below this share of the usual volume the day is `low-volume`. */
  readonly lowVolumeShare: number;
  /** Settled days with rows that must lie before a day until its volume is judged. */
  readonly volumeHistoryDays: number;
  /** An empty day holds its week, or is final: for a property where nothing may happen on a day. `hold` unless said. */
  readonly emptyDays?: 'hold' | 'final';
}

export interface DayCounts {
  readonly rows: number;
  readonly anonymous: number;
  readonly quarantined: number;
}

/** Records of a settled day in the past: rows with and without a person. */
export interface PastVolume {
  readonly day: Day;
  readonly records: number;
}

export interface Verdict {
  readonly state: Extract<DayState, 'final' | 'empty' | 'low-volume' | 'bad-rows'>;
  /** What was seen and what was expected; null when all is well. */
  readonly reason: string | null;
}

/** How many days back the volume of a day is compared: eight of the same weekday. */
export const volumeLookBackDays = 56;
const leastSameWeekdays = 3;
const recentDays = 14;

/** Is a day good enough to build a week from? The first of: bad rows, empty, low volume, final. */
export function judgeDay(day: Day, counts: DayCounts, checks: DayChecks, past: readonly PastVolume[]): Verdict {
  const records = counts.rows + counts.anonymous;
  const read = records + counts.quarantined;
  const share = read === 0 ? 0 : counts.quarantined / read;
  if (share > checks.badRowShare) {
    return { state: 'bad-rows', reason: `${counts.quarantined} of ${read} records are in quarantine (${percent(share)}; limit ${percent(checks.badRowShare)})` };
  }
  if (records === 0 && checks.emptyDays === 'final') return { state: 'final', reason: null };
  if (records === 0) return { state: 'empty', reason: 'the source is there and holds no records' };
  const usual = usualVolume(day, past, checks.volumeHistoryDays);
  if (usual !== null && records < usual * checks.lowVolumeShare) {
    return { state: 'low-volume', reason: `${records} records are ${percent(records / usual)} of the usual ${Math.round(usual)} (limit ${percent(checks.lowVolumeShare)})` };
  }
  return { state: 'final', reason: null };
}

/** The median of the same weekday in the past eight weeks, or of the last two weeks of days where that is fewer than three; null without enough history. */
export function usualVolume(day: Day, past: readonly PastVolume[], leastHistoryDays: number): number | null {
  const before = past.filter((other) => other.day < day && daysBetween(other.day, day) <= volumeLookBackDays && other.records > 0);
  if (before.length < leastHistoryDays) return null;
  const sameWeekday = before.filter((other) => weekdayOf(other.day) === weekdayOf(day));
  const compared = sameWeekday.length >= leastSameWeekdays ? sameWeekday : before.toSorted((a, b) => (a.day < b.day ? 1 : -1)).slice(0, recentDays);
  return median(compared.map((other) => other.records));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
