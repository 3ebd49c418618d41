import { cutDayOf } from '../../src/domain/calendar/week.ts';
import { readDayMap } from '../week/pin-days.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'sequences'>;

/**
 * Tells the weeks that wait for days that one is settled. Live weeks that were built from another version of the day, or
 * without it, are marked stale: shown and offered for a re-run, never re-run by themselves.
 */
export const announceDay = (plugs: Needs) =>
  async ({ property, day }: { property: string; day: Day }): Promise<void> => {
    await markStaleWeeks(plugs, property, day);
    await plugs.sequences.announceDay(property, day);
  };

async function markStaleWeeks({ activityStore, artifacts, releaseStore }: Needs, property: string, day: Day): Promise<void> {
  const [status] = await activityStore.readDays(property, day, day);
  const generation = status?.generation ?? 0;
  for (const { week, service, release } of await releaseStore.listWeeks(property)) {
    if (service?.state !== 'live' || release === null || cutDayOf(week) <= day) continue;
    const read = (await readDayMap(artifacts, release.dayMap)).find((pinned) => pinned.day === day)?.generation ?? 0;
    if (read !== generation) await releaseStore.markStale(property, week, `day ${day} changed after the week was built (version ${read} was read, now it is ${generation})`);
  }
}
