import type { ActivityEvent } from '../activity/event.ts';
import type { InstantUs } from '../calendar/day.ts';
import type { LocalTime } from './local-time.ts';

/** One person's events as columns, in time order, with the wall clock worked out once for all cuts. */
export interface Timeline {
  readonly times: Float64Array;
  /** 0 where an event has no value; clamped to ±1e15 so that no sum or square overflows. */
  readonly values: Float64Array;
  /** Days since 1970-01-01 on the property's wall clock. */
  readonly dayNumbers: Int32Array;
  readonly hours: Uint8Array;
  readonly groups: readonly (string | null)[];
}

const LARGEST_VALUE = 1e15;

/** `events` as columns; they must be in time order (RangeError names the first that is not). */
export function timelineOf(events: readonly ActivityEvent[], localTimeOf: (instant: InstantUs) => LocalTime): Timeline {
  const timeline = {
    times: new Float64Array(events.length),
    values: new Float64Array(events.length),
    dayNumbers: new Int32Array(events.length),
    hours: new Uint8Array(events.length),
    groups: events.map((event) => event.group),
  };
  let previousUs = -Infinity;
  for (const [index, event] of events.entries()) {
    if (event.timeUs < previousUs) throw new RangeError(`event ${index} is earlier than the one before it; a history must be in time order`);
    previousUs = event.timeUs;
    const local = localTimeOf(event.timeUs);
    timeline.times[index] = event.timeUs;
    timeline.values[index] = Math.max(-LARGEST_VALUE, Math.min(LARGEST_VALUE, event.value ?? 0));
    timeline.dayNumbers[index] = local.dayNumber;
    timeline.hours[index] = local.hour;
  }
  return timeline;
}

/** How many of the ordered `times` are strictly before `instant`; binary search. */
export function countBefore(times: ArrayLike<InstantUs>, instant: InstantUs): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < instant) low = middle + 1; // middle < high ≤ length
    else high = middle;
  }
  return low;
}
