import { addDays, daysBetween, daysFromTo, weekdayOf, type Day } from '../../../domain/calendar/day.ts';

export interface GuessedCalendar {
  readonly firstDay: Day;
  readonly lastDay: Day;
  readonly closedWeekdays: readonly number[];
  /** Other days of the range without a row. */
  readonly closedDays: readonly Day[];
}

/** A weekday is taken for closed when it never has a row in at least so many weeks, while others nearly always have. */
const WEEKS_TO_TELL = 4;
const USUALLY_OPEN = 0.7;

/** The calendar of a property from the days that have rows. */
export function guessCalendar(days: ReadonlySet<Day>, given: { firstDay?: Day; lastDay?: Day; closedWeekdays?: readonly number[] } = {}): GuessedCalendar {
  const inOrder = [...days].sort();
  const firstDay = given.firstDay ?? inOrder[0]!; // the caller has seen at least one
  const lastDay = given.lastDay ?? inOrder.at(-1)!;
  const all = daysFromTo(firstDay, lastDay);
  const openShare = (weekday: number): number => {
    const same = all.filter((day) => weekdayOf(day) === weekday);
    return same.length === 0 ? 0 : same.filter((day) => days.has(day)).length / same.length;
  };
  const shares = [1, 2, 3, 4, 5, 6, 7].map(openShare);
  const canTell = daysBetween(firstDay, lastDay) >= 7 * WEEKS_TO_TELL && Math.max(...shares) >= USUALLY_OPEN;
  const closedWeekdays = given.closedWeekdays ?? (canTell ? [1, 2, 3, 4, 5, 6, 7].filter((weekday) => shares[weekday - 1] === 0) : []);
  return { firstDay, lastDay, closedWeekdays, closedDays: all.filter((day) => !days.has(day) && !closedWeekdays.includes(weekdayOf(day))) };
}

/** Has a property whose last row is of `lastDay` ended, seen from `today`? */
export function hasEnded(lastDay: Day, today: Day): boolean {
  return addDays(lastDay, 14) < today;
}
