import { isSettled } from '../../src/domain/activity/manifest.ts';
import { addDays, dayOf, daysFromTo } from '../../src/domain/calendar/day.ts';
import { expectationOf } from '../../src/domain/calendar/property-calendar.ts';
import { weekOf } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

/** Yesterday and every day of the look-back that is not final; or the week that ended before the nominal time. */
export const planTick = ({ activityStore, settingsOf }: Plugs) =>
  async ({ property, what, nominalMs }: { property: string; what: 'ingest' | 'week'; nominalMs: number }): Promise<{ days: readonly string[]; week: string | null }> => {
    const { calendar, timeZone, schedules } = settingsOf(property);
    const today = dayOf(nominalMs * 1000, timeZone);
    const yesterday = addDays(today, -1);
    if (what === 'week') return { days: [], week: weekOf(addDays(today, -7)) };
    const from = addDays(yesterday, -schedules.lookBackDays);
    const statuses = new Map((await activityStore.readDays(property, from, yesterday)).map(({ day, state }) => [day, state]));
    const days = daysFromTo(from, yesterday)
      .filter((day) => expectationOf(day, { ...calendar, timeZone }) !== 'outside')
      .filter((day) => day === yesterday || !isSettled(statuses.get(day) ?? 'missing'));
    return { days, week: null };
  };
