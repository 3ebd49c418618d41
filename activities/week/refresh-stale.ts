import { cutDayOf } from '../../src/domain/calendar/week.ts';
import { isSettled } from '../../src/domain/activity/manifest.ts';
import { readDayMap } from './pin-days.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Release } from '../../src/domain/release/release.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'settingsOf'>;

/**
 * Says whether what a week serves was built from what its days are now: marks the week stale with the first day that
 * changed, or takes the mark away. A stale week is shown and offered for a re-run, never re-run by itself. A provisional one
 * is not stale: it is looked after until it is final.
 */
export const refreshStale = (plugs: Needs) =>
  async ({ property, week }: { property: string; week: Week }): Promise<{ isStale: boolean }> => {
    const record = (await plugs.releaseStore.listWeeks(property)).find((known) => known.week === week);
    if (record?.service?.state !== 'live' || record.release === null || record.release.finality === 'provisional') return { isStale: false };
    const { calendar } = plugs.settingsOf(property);
    const reason = await staleReason(plugs, record.release, calendar.firstDay);
    if (reason !== null) await plugs.releaseStore.markStale(property, week, reason);
    else await plugs.releaseStore.clearStale(property, week);
    return { isStale: reason !== null };
  };

/** Which day from `from` on the release has not read as it is now; null when there is none. */
export async function staleReason({ activityStore, artifacts }: Pick<Plugs, 'activityStore' | 'artifacts'>, release: Release, from: Day, to?: Day): Promise<string | null> {
  const pinned = new Map((await readDayMap(artifacts, release.dayMap)).map(({ day, generation }) => [day, generation]));
  for (const { day, state, generation } of await activityStore.readDays(release.property, from, to ?? cutDayOf(release.week))) {
    const read = pinned.get(day) ?? 0;
    if (day >= cutDayOf(release.week) || !isSettled(state) || read === generation) continue;
    return `day ${day} changed after the week was built (version ${read} was read, now it is ${generation})`;
  }
  return null;
}
