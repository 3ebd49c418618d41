import { heartbeat } from '@temporalio/activity';
import { lastDayOf } from '../../src/domain/calendar/week.ts';
import { readDayMap } from '../week/pin-days.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { Plugs } from '../plugs.ts';

/**
 * Deletes the generations of days that are neither current nor pinned by a release whose rows are kept. It does nothing
 * while another build or a cohort of the property runs, whose pins no release shows; both check their pins again when they have read.
 */
export const sweepGenerations = ({ activityStore, artifacts, releaseStore, sequences, settingsOf }: Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'sequences' | 'settingsOf'>) =>
  async ({ property, week, dayMap }: { property: string; week: Week; dayMap: ArtifactRef }): Promise<{ dropped: number }> => {
    if ((await sequences.runningRevisions(property)) > 1 || (await sequences.runningCohorts(property)) > 0) return { dropped: 0 };
    const { calendar, shards } = settingsOf(property);
    const pinned = new Set<string>();
    const pin = async (map: ArtifactRef): Promise<void> => {
      for (const { day, generation } of await readDayMap(artifacts, map)) pinned.add(`${day}/${generation}`);
    };
    await pin(dayMap);
    for (const { service, release, staged, superseded } of await releaseStore.listWeeks(property)) {
      if (service?.state === 'retired' && service.isCleared) continue;
      for (const kept of [...(release ? [release] : []), ...staged, ...superseded]) await pin(kept.dayMap);
      heartbeat();
    }
    let dropped = 0;
    for (const { day, generation } of await activityStore.readDays(property, calendar.firstDay, lastDayOf(week))) {
      for (let old = 1; old < generation; old += 1) {
        if (pinned.has(`${day}/${old}`) || (await activityStore.readManifest({ property, day, generation: old })) === null) continue;
        await activityStore.dropGeneration({ property, day, generation: old }, shards);
        dropped += 1;
        heartbeat();
      }
    }
    return { dropped };
  };
