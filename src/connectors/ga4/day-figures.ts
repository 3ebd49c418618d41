import { Failure } from '../../domain/failure.ts';
import { readReportPage } from './report-pages.ts';
import type { DayReport } from '../../domain/activity/ga4/reconcile-day.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { DataApi } from './data-api.ts';

const metrics = ['totalUsers', 'sessions', 'eventCount'] as const;

/** People, sessions and events of a closed day as Google reports them, with the marks of the report: one request, one row. */
export async function dayFigures(api: DataApi, day: Day, signal?: AbortSignal): Promise<DayReport> {
  const { rows: [row], marks } = await readReportPage(api, { day, dimensions: [], metrics, offset: 0, limit: 1, signal });
  const [people = 0, sessions = 0, events = 0] = (row?.metrics ?? []).map(Number);
  if (![people, sessions, events].every(Number.isSafeInteger)) throw new Failure('source-unavailable', `Google's report of day ${day} of ${api.name} has figures that are no whole numbers; it is asked again`, { isFinal: false });
  return { figures: { people, sessions, events }, marks };
}
