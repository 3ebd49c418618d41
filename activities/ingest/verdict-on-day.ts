import { isSettled, type DayState } from '../../src/domain/activity/manifest.ts';
import { namesLookBackDays, type PastNames } from '../../src/domain/activity/renamed-event.ts';
import { judgeDay, volumeLookBackDays, type DayCounts } from '../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import type { CheckVerdict } from '../../src/domain/check.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

type Needs = Pick<IngestPlugs, 'settingsOf' | 'activityStore'>;

interface Question {
  readonly property: string;
  readonly day: Day;
  readonly counts: DayCounts;
  readonly mappingHash: string;
  readonly finality: 'final' | 'provisional';
}

/** What a day that was read is worth, against the settled days before it and what its source says of it. */
export async function verdictOnDay(plugs: Needs, { property, day, counts, mappingHash, finality }: Question): Promise<{ state: DayState; reason: string | null; checks: readonly CheckVerdict[] }> {
  const { checks } = plugs.settingsOf(property);
  const before = await plugs.activityStore.readDays(property, addDays(day, -volumeLookBackDays), addDays(day, -1));
  const settled = before.filter(({ state }) => isSettled(state));
  const past = settled.map((status) => ({ day: status.day, records: status.rows + status.anonymous }));
  const verdict = judgeDay(day, counts, checks, past, checks.renamedEvent || checks.missingEvents ? await namesOf(plugs, property, mappingHash, settled) : []);
  return verdict.state === 'final' ? { ...verdict, state: finality } : verdict;
}

/** Event names of the latest of these days, where they were understood the same way: another column map has other names. */
async function namesOf({ activityStore }: Needs, property: string, mappingHash: string, settled: readonly DayStatus[]): Promise<PastNames[]> {
  const latest = settled.filter(({ generation, rows }) => generation > 0 && rows > 0).slice(-namesLookBackDays);
  const manifests = await Promise.all(latest.map(({ day, generation }) => activityStore.readManifest({ property, day, generation })));
  return manifests.flatMap((manifest) => (manifest?.eventNames && manifest.mappingHash === mappingHash ? [{ day: manifest.day, names: manifest.eventNames }] : []));
}
