import { isSettled, type DayState } from '../../src/domain/activity/manifest.ts';
import { judgeDay, volumeLookBackDays, type DayCounts } from '../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** What a day that was read is worth, against the settled days before it and what its source says of it. */
export async function verdictOnDay(
  { settingsOf, activityStore }: Pick<IngestPlugs, 'settingsOf' | 'activityStore'>,
  { property, day, counts, finality }: { property: string; day: Day; counts: DayCounts; finality: 'final' | 'provisional' },
): Promise<{ state: DayState; reason: string | null }> {
  const before = await activityStore.readDays(property, addDays(day, -volumeLookBackDays), addDays(day, -1));
  const past = before.filter(({ state }) => isSettled(state)).map((status) => ({ day: status.day, records: status.rows + status.anonymous }));
  const verdict = judgeDay(day, counts, settingsOf(property).checks, past);
  return verdict.state === 'final' ? { state: finality, reason: null } : verdict;
}
