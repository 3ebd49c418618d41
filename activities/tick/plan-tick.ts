import { isSettled, type DayState } from '../../src/domain/activity/manifest.ts';
import { isDone } from '../../src/domain/activity/waiver.ts';
import { addDays, dayOf, daysFromTo } from '../../src/domain/calendar/day.ts';
import { expectationOf } from '../../src/domain/calendar/property-calendar.ts';
import { weekOf } from '../../src/domain/calendar/week.ts';
import { isTooYoung, tooYoungSentence } from '../../src/domain/churn/first-week.ts';
import type { Plugs } from '../plugs.ts';

/** Days before the look-back that one morning looks at again, the newest of them: a file that was mended or came late. */
const EARLIER_DAYS = 60;
const DAY_US = 86_400_000_000;

/**
 * Of a morning: yesterday, every day of the look-back that is not settled (or was waived, and its source may still change it), and
 * the newest earlier ones that were looked at and are not settled. Of a stroke for arrivals: the days of the look-back that are not there. Else the week that ended before the
 * nominal time, unless the property is too young for it: then `leftOut` says so.
 */
export const planTick = ({ activityStore, settingsOf, sourceOf }: Plugs) =>
  async ({ property, what, nominalMs }: { property: string; what: 'ingest' | 'arrivals' | 'week'; nominalMs: number }): Promise<{ days: readonly string[]; week: string | null; leftOut?: string }> => {
    const settings = settingsOf(property);
    const { calendar, timeZone, schedules } = settings;
    const today = dayOf(nominalMs * 1000, timeZone);
    const yesterday = addDays(today, -1);
    if (what === 'week') {
      const week = weekOf(addDays(today, -7));
      return isTooYoung(week, settings) ? { days: [], week: null, leftOut: tooYoungSentence(property, week, settings) } : { days: [], week };
    }
    const from = addDays(yesterday, -schedules.lookBackDays);
    const known = await activityStore.readDays(property, calendar.firstDay, yesterday);
    const statuses = new Map(known.map(({ day, state }) => [day, state]));
    if (what === 'arrivals') {
      const absent = daysFromTo(from, yesterday).filter((day) => isAbsent(statuses.get(day)) && expectationOf(day, { ...calendar, timeZone }) === 'open');
      return { days: absent, week: null };
    }
    const source = sourceOf(property);
    const morningBeforeUs = nominalMs * 1000 - DAY_US;
    const lookBack = daysFromTo(from, yesterday).filter((day) => day === yesterday || !isDone(statuses.get(day) ?? 'missing', source.dueOf?.(day), morningBeforeUs));
    const earlier = known.filter(({ day, state }) => day < from && !isSettled(state)).map(({ day }) => day).slice(-EARLIER_DAYS);
    const days = [...lookBack, ...earlier.toReversed()].filter((day) => expectationOf(day, { ...calendar, timeZone }) !== 'outside');
    return { days, week: null };
  };

/** A look at a day that is not there costs nothing, or one report; one that is there may have changed, and reading it again is the morning's business. */
function isAbsent(state: DayState | undefined): boolean {
  return state === undefined || state === 'not-due' || state === 'missing';
}
