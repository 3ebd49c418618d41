import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { addDays, dayOf, daysBetween, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { cutDayOf } from '../../src/domain/calendar/week.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import { verdictOf } from '../../src/domain/model/verdict.ts';
import type { Release } from '../../src/domain/release/release.ts';
import type { DayGeneration } from '../../src/domain/activity/manifest.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import { readDayMap } from '../week/pin-days.ts';
import type { Plugs } from '../plugs.ts';

/**
 * Judges the predictions of every earlier week whose horizon has passed by this week's T, against what happened, and keeps
 * the verdict with the release. What happened is read from the generations this week pinned; while a day of it may still change
 * (`provisionalFrom`), nobody is judged by it: a later build does.
 */
export const judgePastWeeks = (plugs: Plugs) =>
  async ({ property, week, dayMap, provisionalFrom }: { property: string; week: string; dayMap: ArtifactRef; provisionalFrom?: Day }): Promise<{ judged: readonly string[] }> => {
    const days = await readDayMap(plugs.artifacts, dayMap);
    const judged: string[] = [];
    for (const past of await plugs.releaseStore.listWeeks(property)) {
      if (past.week >= week || past.service === null || (past.service.state === 'retired' && past.service.isCleared)) continue;
      const release = await servedLast(plugs, property, past.week);
      if (release === null || daysBetween(cutDayOf(past.week), cutDayOf(week)) < release.horizonDays) continue;
      if (provisionalFrom !== undefined && addDays(cutDayOf(past.week), release.horizonDays) > provisionalFrom) continue;
      if ((await plugs.releaseStore.readVerdict(release)) !== null) continue;
      const verdict = await judge(plugs, release, days);
      await plugs.releaseStore.writeVerdict({ property, week: past.week, revision: release.revision, report: canonicalJson(verdict as unknown as Json) });
      judged.push(past.week);
    }
    return { judged };
  };

/** The release that a week serves, or served last. */
export async function servedLast({ releaseStore }: Pick<Plugs, 'releaseStore'>, property: string, week: string): Promise<Release | null> {
  return (await releaseStore.readReleases(property, week)).findLast(({ state }) => state === 'live' || state === 'superseded') ?? null;
}

async function judge({ activityStore, peopleStore, settingsOf }: Plugs, release: Release, days: readonly DayGeneration[]) {
  const { timeZone } = settingsOf(release.property);
  const fromUs = Date.parse(release.asOf) * 1000;
  const fromDay = dayOf(fromUs, timeZone);
  const untilDay = addDays(fromDay, release.horizonDays);
  const untilUs = startOfDay(untilDay, timeZone);
  const window = days.filter(({ day }) => day >= fromDay && day < untilDay);
  const probabilities: number[] = [];
  const labels: number[] = [];
  for (let shard = 0; shard < release.shardCount; shard += 1) {
    const active = new Set<string>();
    for await (const { user, events } of activityStore.readShard({ property: release.property, shard, days: window, signal: cancellationSignal() })) {
      if (events.some(({ timeUs }) => timeUs >= fromUs && timeUs < untilUs)) active.add(user);
      heartbeat();
    }
    for await (const { user, prediction } of peopleStore.readScores({ property: release.property, week: release.week, revision: release.revision, shard })) {
      probabilities.push(prediction);
      labels.push(active.has(user) ? 0 : 1);
      heartbeat();
    }
  }
  return verdictOf({ week: release.week, horizonDays: release.horizonDays, probabilities: Float64Array.from(probabilities), labels: Uint8Array.from(labels) });
}
