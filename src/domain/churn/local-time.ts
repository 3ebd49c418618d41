import { Temporal } from 'temporal-polyfill';
import type { InstantUs } from '../calendar/day.ts';

const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

/** Where an instant falls on the wall clock: days since 1970-01-01 and the hour of the day, 0–23. */
export interface LocalTime {
  readonly dayNumber: number;
  readonly hour: number;
}

/** A stretch of time over which a zone's offset from UTC is constant: [from, to). */
interface OffsetSpan {
  readonly fromUs: InstantUs;
  readonly toUs: InstantUs;
  readonly offsetUs: number;
}

/**
 * A function from an instant to the wall clock of `timeZone`. It asks the time-zone library once per stretch of constant
 * offset (two a year where clocks change), because a call per event costs more than all features together.
 */
export function localClock(timeZone: string): (instant: InstantUs) => LocalTime {
  const spans: OffsetSpan[] = [];
  let current: OffsetSpan | undefined;
  return (instant) => {
    if (current === undefined || instant < current.fromUs || instant >= current.toUs) {
      current = spans.find((span) => instant >= span.fromUs && instant < span.toUs) ?? spanOf(instant, timeZone);
      if (!spans.includes(current)) spans.push(current);
    }
    const local = instant + current.offsetUs;
    const dayNumber = Math.floor(local / DAY_US);
    return { dayNumber, hour: Math.floor((local - dayNumber * DAY_US) / HOUR_US) };
  };
}

/** ISO weekday of a day number, Monday 1 … Sunday 7. Day 0, 1970-01-01, was a Thursday. */
export function weekdayOfDayNumber(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1;
}

function spanOf(instant: InstantUs, timeZone: string): OffsetSpan {
  const at = Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / 1000)).toZonedDateTimeISO(timeZone);
  // "previous" is strictly before its receiver; one millisecond later includes a change at the instant itself.
  const previous = at.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  const next = at.getTimeZoneTransition('next');
  return {
    fromUs: previous === null ? -Infinity : previous.epochMilliseconds * 1000,
    toUs: next === null ? Infinity : next.epochMilliseconds * 1000,
    offsetUs: at.offsetNanoseconds / 1000,
  };
}
