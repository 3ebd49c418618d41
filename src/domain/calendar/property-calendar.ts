import { daysFromTo, weekdayOf, type Day } from './day.ts';

/** When a property is open. Closed days are final with zero rows and no file is expected for them. */
export interface PropertyCalendar {
  readonly timeZone: string;
  /** First day with activity; nothing is expected before it. */
  readonly firstDay: Day;
  /** Last day with activity, for a property that has ended. */
  readonly lastDay?: Day;
  /** ISO weekdays on which nothing is expected, Monday 1 … Sunday 7. */
  readonly closedWeekdays: readonly number[];
  readonly closedDays: readonly Day[];
}

export type DayExpectation = 'open' | 'closed' | 'outside';

/** Whether activity is expected on `day`: open, closed, or outside the property's life. */
export function expectationOf(day: Day, calendar: PropertyCalendar): DayExpectation {
  if (day < calendar.firstDay || (calendar.lastDay !== undefined && day > calendar.lastDay)) return 'outside';
  return calendar.closedWeekdays.includes(weekdayOf(day)) || calendar.closedDays.includes(day) ? 'closed' : 'open';
}

/** The days from `from` to `to` on which activity is expected. */
export function openDays(from: Day, to: Day, calendar: PropertyCalendar): Day[] {
  return daysFromTo(from, to).filter((day) => expectationOf(day, calendar) === 'open');
}
