import { Temporal } from 'temporal-polyfill';
import { addDays, daysFromTo, startOfDay, type Day, type InstantUs } from './day.ts';

/** An ISO week by ISO week-year, `2026-W47`. */
export type Week = string;

/** `text` as a week; throws RangeError when it is not one, a week 53 that the year does not have included. */
export function parseWeek(text: string): Week {
  const match = /^(\d{4})-W(\d{2})$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a week; expected YYYY-Www as in 2026-W47`);
  const year = Number(match[1]);
  const week = Number(match[2]);
  if (week < 1 || week > weeksInYear(year)) throw new RangeError(`"${text}" does not exist: ${year} has ${weeksInYear(year)} ISO weeks`);
  return text;
}

/** The ISO week that holds `day`. */
export function weekOf(day: Day): Week {
  const date = Temporal.PlainDate.from(day);
  return formatWeek(date.yearOfWeek!, date.weekOfYear!); // both are always defined on the ISO calendar
}

/** Monday of the week. */
export function firstDayOf(week: Week): Day {
  const [year, number] = partsOf(week);
  // 4 January is always in week 1 (ISO 8601).
  const fourth = Temporal.PlainDate.from({ year, month: 1, day: 4 });
  return fourth.subtract({ days: fourth.dayOfWeek - 1 }).add({ weeks: number - 1 }).toString();
}

/** Sunday of the week. */
export function lastDayOf(week: Week): Day {
  return addDays(firstDayOf(week), 6);
}

/** The seven days of the week, Monday first. */
export function daysOf(week: Week): Day[] {
  return daysFromTo(firstDayOf(week), lastDayOf(week));
}

/** The week `count` weeks later (earlier when negative). */
export function addWeeks(week: Week, count: number): Week {
  return weekOf(addDays(firstDayOf(week), 7 * count));
}

/** Every week from `from` to `to`, both included. */
export function weeksFromTo(from: Week, to: Week): Week[] {
  const weeks: Week[] = [];
  for (let week = from; week <= to; week = addWeeks(week, 1)) weeks.push(week);
  return weeks;
}

/** The week as it is written in table names: `2026_47`. */
export function tableSuffixOf(week: Week): string {
  const [year, number] = partsOf(week);
  return `${year}_${String(number).padStart(2, '0')}`;
}

/** The day after the week: T is its first instant. */
export function cutDayOf(week: Week): Day {
  return addDays(firstDayOf(week), 7);
}

/** T: the first instant after the week. Nothing at or after it may be read to build the week. */
export function cutOf(week: Week, timeZone: string): InstantUs {
  return startOfDay(cutDayOf(week), timeZone);
}

function formatWeek(year: number, week: number): Week {
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`;
}

function partsOf(week: Week): [year: number, week: number] {
  return [Number(week.slice(0, 4)), Number(week.slice(6))];
}

function weeksInYear(year: number): number {
  // 28 December is always in the last week (ISO 8601).
  return Temporal.PlainDate.from({ year, month: 12, day: 28 }).weekOfYear!;
}
