import type { InstantUs } from '../calendar/day.ts';
import type { LocalTime } from './local-time.ts';
import { countBefore, type Timeline } from './timeline.ts';

/** What a person did before one cut; the only thing features see, so none of them can look past it. */
export interface Past {
  readonly cutUs: InstantUs;
  /** The day that begins at the cut, as a day number; trailing windows count back from it. */
  readonly cutDayNumber: number;
  /** The first `count` entries of `timeline` are before the cut; nothing after them may be read. */
  readonly count: number;
  readonly timeline: Timeline;
  /** Distinct local days with activity, ascending. */
  readonly activeDays: readonly number[];
  /** Days between neighbouring active days; empty with fewer than two. */
  readonly gaps: readonly number[];
}

/** The past of a person at `cutUs`, or null when nothing was before it. */
export function pastOf(timeline: Timeline, cutUs: InstantUs, localTimeOf: (instant: InstantUs) => LocalTime): Past | null {
  const count = countBefore(timeline.times, cutUs);
  if (count === 0) return null;
  const activeDays = distinctDays(timeline.dayNumbers, count);
  return {
    cutUs,
    cutDayNumber: localTimeOf(cutUs).dayNumber,
    count,
    timeline,
    activeDays,
    gaps: activeDays.slice(1).map((day, index) => day - activeDays[index]!), // index < activeDays.length - 1
  };
}

/** Where the trailing window of `days` local days before the cut begins among the past's events. */
export function windowStart(past: Past, days: number): number {
  const firstDay = past.cutDayNumber - days;
  let start = past.count;
  while (start > 0 && past.timeline.dayNumbers[start - 1]! >= firstDay) start -= 1; // start - 1 ≥ 0
  return start;
}

/** Distinct groups among the events of the past; events without a group are none. */
export function countGroups(past: Past): number {
  const groups = new Set<string>();
  for (let index = 0; index < past.count; index += 1) {
    const group = past.timeline.groups[index];
    if (group !== null && group !== undefined) groups.add(group);
  }
  return groups.size;
}

/** The sum of `termOf` over the events from `from` to the cut. */
export function sumOver(past: Past, termOf: (index: number) => number, from = 0): number {
  let sum = 0;
  for (let index = from; index < past.count; index += 1) sum += termOf(index);
  return sum;
}

/** Sorted, because where clocks go back just after midnight a later instant can lie on the earlier day. */
function distinctDays(dayNumbers: Int32Array, count: number): number[] {
  const days = new Set<number>();
  for (let index = 0; index < count; index += 1) days.add(dayNumbers[index]!); // index < count ≤ length
  return [...days].sort((a, b) => a - b);
}
