import { addDays, dayOf, type InstantUs } from '../calendar/day.ts';
import { wallClock } from './local-instant.ts';
import type { FinalityPolicy } from './manifest.ts';

/** What a source promises of a day that it brings late, and changes afterwards. */
export interface DayDue {
  /** From here on a day that is not there is missing. */
  readonly thereByUs: InstantUs;
  /** From here on nothing of the day changes by itself. */
  readonly settledAtUs: InstantUs;
}

/**
 * Until when nobody can expect a week to read the day: its source has to bring it, or, where weeks wait for final days, has
 * to leave it alone, which the next morning's look (`ingestAt`, local time) sees.
 */
export function expectedBy({ thereByUs, settledAtUs }: DayDue, policy: FinalityPolicy, clock: { readonly timeZone: string; readonly ingestAt: string }): InstantUs {
  return policy === 'provisional' ? thereByUs : nextAt(settledAtUs, clock.ingestAt, clock.timeZone);
}

/** The first instant from `fromUs` on at which clocks of the zone show `time`. */
function nextAt(fromUs: InstantUs, time: string, timeZone: string): InstantUs {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const today = dayOf(fromUs, timeZone);
  const [first, second] = [today, addDays(today, 1)].map((day) => {
    const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
    return wallClock(timeZone)({ year, month, day: date, hour, minute, microsecond: 0 });
  }) as [InstantUs, InstantUs]; // one for each of two days
  return first >= fromUs ? first : second;
}
