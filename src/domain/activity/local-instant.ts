import { Temporal } from 'temporal-polyfill';
import type { InstantUs } from '../calendar/day.ts';

export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** Of the minute; below 60,000,000. */
  readonly microsecond: number;
}

const hourUs = 3_600_000_000;
const minuteUs = 60_000_000;

/**
 * From wall-clock times of a zone to instants. A time that a spring change skips moves forward by the length of the gap;
 * of a time that an autumn change repeats, the first is meant (Temporal's `compatible`).
 * The time-zone library is asked once per hour of the calendar, and once per minute of the hours in which the clock
 * changes: a call per row costs 20 times more. At most 20,000 hours are remembered.
 */
export function wallClock(timeZone: string): (wall: WallTime) => InstantUs {
  const starts = new Map<number, InstantUs | null>();
  const minutes = new Map<number, InstantUs>();
  const ask = ({ year, month, day, hour }: WallTime, minute: number): InstantUs =>
    Temporal.PlainDateTime.from({ year, month, day, hour, minute }).toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds * 1000;

  return (wall) => {
    const key = ((wall.year * 12 + wall.month) * 31 + wall.day) * 24 + wall.hour;
    let start = starts.get(key);
    if (start === undefined) {
      if (starts.size >= 20_000) starts.clear();
      start = ask(wall, 0);
      // Only an hour that is an hour long has one offset.
      if (ask(wall, 59) - start !== 59 * minuteUs || nextHour(wall, timeZone) - start !== hourUs) start = null;
      starts.set(key, start);
    }
    if (start !== null) return start + wall.minute * minuteUs + wall.microsecond;
    let minute = minutes.get(key * 60 + wall.minute);
    if (minute === undefined) minutes.set(key * 60 + wall.minute, (minute = ask(wall, wall.minute)));
    return minute + wall.microsecond;
  };
}

function nextHour({ year, month, day, hour }: WallTime, timeZone: string): InstantUs {
  return Temporal.PlainDateTime.from({ year, month, day, hour }).add({ hours: 1 }).toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds * 1000;
}
