import { Temporal } from 'temporal-polyfill';

/** A calendar day in a property's time zone, `2011-10-04`. A value of its own: never "now", never an instant. */
export type Day = string;

/** Microseconds since 1970-01-01T00:00Z. Exact in a double until the year 2255. */
export type InstantUs = number;

/** `text` as a day; throws RangeError when it is not a real calendar day written `YYYY-MM-DD`. */
export function parseDay(text: string): Day {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new RangeError(`"${text}" is not a day; expected YYYY-MM-DD`);
  return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString();
}

/** The day `days` calendar days after `day` (before it when negative). */
export function addDays(day: Day, days: number): Day {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Calendar days from `from` to `to`: 1 from a day to the next, negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days;
}

/** Every day from `from` to `to`, both included; empty when `to` is earlier. */
export function daysFromTo(from: Day, to: Day): Day[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, offset) => addDays(from, offset));
}

/** ISO weekday, Monday 1 … Sunday 7. */
export function weekdayOf(day: Day): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

/** The first instant of `day` in `timeZone`: local midnight, or the first moment after it where midnight does not exist. */
export function startOfDay(day: Day, timeZone: string): InstantUs {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds * 1000;
}

/** The calendar day in `timeZone` that holds the instant. */
export function dayOf(instant: InstantUs, timeZone: string): Day {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / 1000)).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** An instant as ISO text with a `Z`, milliseconds only where there are any. */
export function formatInstant(instant: InstantUs): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(instant / 1000)).toString();
}
