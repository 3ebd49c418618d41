import { daysFromTo, type Day } from '../calendar/day.ts';
import { expectationOf, type PropertyCalendar } from '../calendar/property-calendar.ts';
import { isReadable, type DayState, type FinalityPolicy } from './manifest.ts';

export interface UnsettledDay {
  readonly day: Day;
  /** `unseen` where nobody has looked yet. */
  readonly state: DayState | 'unseen';
}

/** The days on which activity is expected, from the property's first to `last`, that nothing may be built from yet under the policy. Closed days need no look. */
export function unsettledDays(calendar: PropertyCalendar, last: Day, statuses: ReadonlyMap<Day, { readonly state: DayState }>, policy: FinalityPolicy = 'final'): UnsettledDay[] {
  return daysFromTo(calendar.firstDay, last)
    .filter((day) => expectationOf(day, calendar) === 'open')
    .map((day) => ({ day, state: statuses.get(day)?.state ?? 'unseen' as const }))
    .filter(({ state }) => state === 'unseen' || !isReadable(state, policy));
}
