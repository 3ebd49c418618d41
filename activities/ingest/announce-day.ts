import { cutDayOf } from '../../src/domain/calendar/week.ts';
import { staleReason } from '../week/refresh-stale.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'sequences'>;

/**
 * Tells the weeks that wait for days that one is settled. Live weeks that were built from another version of the day, or
 * without it, are marked stale: shown and offered for a re-run, never re-run by themselves. Provisional ones wait for this and
 * settle it themselves.
 */
export const announceDay = (plugs: Needs) =>
  async ({ property, day }: { property: string; day: Day }): Promise<void> => {
    await markStaleWeeks(plugs, property, day);
    await plugs.sequences.announceDay(property, day);
  };

async function markStaleWeeks(plugs: Needs, property: string, day: Day): Promise<void> {
  for (const { week, service, release } of await plugs.releaseStore.listWeeks(property)) {
    if (service?.state !== 'live' || release === null || release.finality === 'provisional' || cutDayOf(week) <= day) continue;
    const reason = await staleReason(plugs, release, day, day);
    if (reason !== null) await plugs.releaseStore.markStale(property, week, reason);
  }
}
