import { isSettled, isUnderWay } from '../../src/domain/activity/manifest.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import { expectationOf } from '../../src/domain/calendar/property-calendar.ts';
import { addWeeks, firstDayOf, lastDayOf, weekOf, weeksFromTo } from '../../src/domain/calendar/week.ts';
import { withoutTooYoung } from '../../src/domain/churn/first-week.ts';
import type { Plugs } from '../plugs.ts';

interface Range { readonly property: string; readonly from: string; readonly to: string; readonly which: 'missing' | 'failed' | 'all'; readonly order: 'oldest' | 'newest' }

/** The next days of a backfill, in its order, after the last one that was done; and how many there are in all: those that this run has done, and those that are left. */
export const planBackfill = ({ activityStore, settingsOf, limits }: Pick<Plugs, 'activityStore' | 'settingsOf' | 'limits'>) =>
  async ({ property, from, to, which, order, after, done, limit }: Range & { after: string | null; done: number; limit: number }): Promise<{ days: readonly string[]; total: number; isLast: boolean; atOnce: number }> => {
    const settings = settingsOf(property);
    const calendar = { ...settings.calendar, timeZone: settings.timeZone };
    const known = new Map((await activityStore.readDays(property, from, to)).map(({ day, state }) => [day, state]));
    const isWanted = (day: string): boolean => {
      const state = known.get(day);
      if (which === 'all') return true;
      if (which === 'failed') return state !== undefined && !isSettled(state) && !isUnderWay(state);
      return state === undefined || !isSettled(state);
    };
    const open = daysFromTo(from, to).filter((day) => expectationOf(day, calendar) === 'open');
    const inOrder = order === 'oldest' ? open : open.toReversed();
    const isDone = (day: string): boolean => after !== null && (order === 'oldest' ? day <= after : day >= after);
    const left = inOrder.filter((day) => !isDone(day) && isWanted(day));
    return { days: left.slice(0, limit), total: done + left.length, isLast: left.length <= limit, atOnce: limits.daysAtOnce };
  };

/** The whole weeks of the range, oldest first: weeks are always built in order. Those for which the property is too young are left out, and that is said. */
export const planBackfillWeeks = ({ settingsOf }: Pick<Plugs, 'settingsOf'>) =>
  async ({ property, from, to }: Pick<Range, 'property' | 'from' | 'to'>): Promise<{ weeks: readonly string[]; leftOut: string | null }> => {
    const first = firstDayOf(weekOf(from)) === from ? weekOf(from) : addWeeks(weekOf(from), 1);
    const last = lastDayOf(weekOf(to)) === to ? weekOf(to) : addWeeks(weekOf(to), -1);
    return withoutTooYoung(property, weeksFromTo(first, last), settingsOf(property));
  };
