import { settledVolumes } from '../../src/domain/activity/judge-again.ts';
import { judgeDay, volumeLookBackDays, type DayCounts, type Verdict } from '../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** What a day that was read is worth, against the settled days before it and what its source says of it. */
export async function verdictOnDay(
  { settingsOf, activityStore }: Pick<IngestPlugs, 'settingsOf' | 'activityStore'>,
  { property, day, counts, finality }: { property: string; day: Day; counts: DayCounts; finality: 'final' | 'provisional' },
): Promise<{ state: DayState; reason: string | null }> {
  const before = await activityStore.readDays(property, addDays(day, -volumeLookBackDays), addDays(day, -1));
  return settled(judgeDay(day, counts, settingsOf(property).checks, settledVolumes(before)), finality);
}

/** The same without the days before it: what does not depend on which of them were in by then. */
export function verdictOnContent(
  { settingsOf }: Pick<IngestPlugs, 'settingsOf'>,
  { property, day, counts, finality }: { property: string; day: Day; counts: DayCounts; finality: 'final' | 'provisional' },
): { state: DayState; reason: string | null } {
  return settled(judgeDay(day, counts, settingsOf(property).checks, []), finality);
}

function settled(verdict: Verdict, finality: 'final' | 'provisional'): { state: DayState; reason: string | null } {
  return verdict.state === 'final' ? { state: finality, reason: null } : verdict;
}
