import { canonicalJson } from '../../src/domain/hash.ts';
import { lastDayOf } from '../../src/domain/calendar/week.ts';
import { isReadable, type DayGeneration } from '../../src/domain/activity/manifest.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { PinnedDays } from '../../src/domain/release/results.ts';
import type { ArtifactStore, ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { Override, RevisionKey } from '../../src/domain/release/release.ts';
import type { Plugs } from '../plugs.ts';

/** Pins which generation of every day this build reads. Later changes of a day cannot touch the build. */
export const pinDays = ({ activityStore, artifacts, releaseStore, settingsOf }: Pick<Plugs, 'activityStore' | 'artifacts' | 'releaseStore' | 'settingsOf'>) =>
  async ({ property, week }: RevisionKey): Promise<PinnedDays> => {
    const settings = settingsOf(property);
    const statuses = (await activityStore.readDays(property, settings.calendar.firstDay, lastDayOf(week))).filter(({ state }) => isReadable(state, settings.finality));
    const read = statuses.filter(({ generation }) => generation > 0);
    const map: DayGeneration[] = read.map(({ day, generation }) => ({ day, generation }));
    if (map.length === 0) throw new Failure('week-not-decided', `week ${week} of ${property} has no day with activity before it; load its days first: npx almanac backfill run ${property} --from ${settings.calendar.firstDay} --to ${lastDayOf(week)}`);
    const sum = (pick: (status: (typeof read)[number]) => number): number => read.reduce((total, status) => total + pick(status), 0);
    const [events, quarantined] = [sum(({ rows }) => rows), sum((status) => status.quarantined)];
    const waived = await waivedOf(releaseStore, property, statuses);
    const provisional = read.filter(({ state }) => state === 'provisional').map(({ day }) => day);
    return {
      dayMap: await artifacts.put('day-map', '.json', Buffer.from(canonicalJson(map as unknown as readonly { day: string; generation: number }[]))),
      days: map.length, events, quarantined, shardCount: settings.shards, approval: settings.approval, ...(waived.length > 0 ? { waived } : {}),
      ...(provisional.length > 0 ? { provisional: provisional.slice(0, MOST_SHOWN) } : {}),
      figures: `${map.length} days, ${events.toLocaleString('en-US')} events, ${quarantined.toLocaleString('en-US')} quarantined${waived.length > 0 ? `, ${waived.length} waived` : ''}${provisional.length > 0 ? `, ${provisional.length} provisional` : ''}`,
    };
  };

/** More would say no more to a reader of the release; the audit has all. */
const MOST_SHOWN = 20;

/** The day has the reason; who gave it is in the audit, which a waive writes after the day. */
async function waivedOf(releaseStore: Plugs['releaseStore'], property: string, statuses: readonly DayStatus[]): Promise<Override[]> {
  const waived = statuses.filter(({ state }) => state === 'waived').toReversed().slice(0, MOST_SHOWN);
  const audit = waived.length > 0 ? await releaseStore.readAudit(property, Infinity) : [];
  const byOf = ({ day, reason: why }: DayStatus): string | null => audit.find(({ action, subject, reason }) => action === 'waive-day' && subject === day && reason === why)?.actor ?? null;
  return waived.map((status) => ({ what: `day ${status.day}`, reason: status.reason ?? 'no reason given', by: byOf(status) }));
}

/** The pinned map of a build. */
export async function readDayMap(artifacts: ArtifactStore, dayMap: ArtifactRef): Promise<readonly DayGeneration[]> {
  return JSON.parse(Buffer.from(await artifacts.get(dayMap)).toString('utf8')) as DayGeneration[];
}

/** A pinned generation that was deleted while it was read would have looked like a quiet day. */
export async function allPinsHeld({ activityStore, artifacts }: Pick<Plugs, 'activityStore' | 'artifacts'>, property: string, dayMap: ArtifactRef): Promise<void> {
  const pins = await readDayMap(artifacts, dayMap);
  const [first, last] = [pins[0], pins.at(-1)];
  if (!first || !last) return;
  const current = new Map((await activityStore.readDays(property, first.day, last.day)).map(({ day, generation }) => [day, generation]));
  for (const { day, generation } of pins) {
    if (current.get(day) === generation || (await activityStore.readManifest({ property, day, generation })) !== null) continue;
    throw new Failure('day-changed-while-read', `day ${day} of ${property} was replaced while it was read; run it again: it pins the day's new version`);
  }
}
