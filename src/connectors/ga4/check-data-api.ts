import { eventsOf, understandReported, type ReportRow } from '../../domain/activity/ga4/person-report.ts';
import { personRefusal } from '../../domain/activity/ga4/report-marks.ts';
import { Failure } from '../../domain/failure.ts';
import { readReportPage } from './report-pages.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { SourceFinding } from '../../ports/activity-source.ts';
import type { DataApi } from './data-api.ts';

export interface DataApiCheck {
  readonly api: DataApi;
  readonly report: { readonly dimensions: readonly string[]; readonly metrics: readonly string[] };
  readonly person: string;
  readonly timeZone: string;
}

const rowsLookedAt = 1000;

/** What somebody who connects a property without an export needs to hear. One request: the newest day but one, which is whole. */
export async function checkDataApi({ api, report, person, timeZone }: DataApiCheck, days: readonly Day[]): Promise<readonly SourceFinding[]> {
  const day = days.at(-2) ?? days.at(-1);
  if (day === undefined) return [{ level: 'warning', sentence: 'no day is over yet: there is nothing to look at' }];
  try {
    const { rows, rowCount, marks, timeZone: reported } = await readReportPage(api, { day, ...report, offset: 0, limit: rowsLookedAt });
    const findings: SourceFinding[] = [{ level: rowCount > 0 ? 'ok' : 'warning', sentence: `${api.name} may be read; its report of ${day} has ${rowCount} rows` }];
    const refusal = personRefusal(marks);
    if (refusal !== null) findings.push({ level: 'error', sentence: `day ${day}: ${refusal}` });
    if (reported !== '' && reported !== timeZone) findings.push({ level: 'warning', sentence: `${api.name} reports in ${reported}, timeZone is ${timeZone}: they should be the same` });
    const known = rows.filter((row) => understandReported(row, 0).kind === 'event');
    if (rows.length > 0 && known.length === 0) findings.push({ level: 'error', sentence: `none of the first ${rows.length} rows of ${day} has a client id: set the user property ${person} on the site and register it in Google Analytics as a user-scoped custom dimension` });
    else if (rows.length > 0) findings.push({ level: 'ok', sentence: `${known.length} of the first ${rows.length} rows of ${day} (${eventsIn(known)} of their ${eventsIn(rows)} events) have a client id; the others are counted as anonymous` });
    return findings;
  } catch (error) {
    if (error instanceof Failure) return [{ level: error.code === 'source-busy' ? 'warning' : 'error', sentence: error.message }];
    throw error;
  }
}

/** All that nobody did under one name is one row. */
function eventsIn(rows: readonly ReportRow[]): number {
  return rows.reduce((sum, row) => sum + eventsOf(row), 0);
}
