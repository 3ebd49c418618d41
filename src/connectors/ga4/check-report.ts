import { Failure } from '../../domain/failure.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { ActivitySource, SourceFinding } from '../../ports/activity-source.ts';

/** Whether days of an export can be compared with Google's own reports. One request: the newest day but one, which is whole. */
export async function checkReport(reportedFigures: NonNullable<ActivitySource['reportedFigures']>, days: readonly Day[]): Promise<readonly SourceFinding[]> {
  const day = days.at(-2) ?? days.at(-1);
  if (day === undefined) return [];
  try {
    const { figures: { people, sessions, events }, marks, otherPeople } = await reportedFigures(day);
    if (events === 0) return [{ level: 'warning', sentence: `Google's report of ${day} has no event: propertyId of dataApi should be the number of the property that the dataset is the export of` }];
    const marked = marks.length > 0 ? `; it is marked ${marks.join(', ')}` : '';
    const compared = otherPeople === undefined ? `days are compared with it: ${people} people, ${sessions} sessions, ${events} events` : `the events of days are compared with it: ${events} (not people and sessions: ${otherPeople})`;
    return [{ level: 'ok', sentence: `Google's report of ${day} may be read, ${compared}${marked}` }];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // A quota is nothing that anybody must mend.
    return [error.code === 'source-busy' ? { level: 'warning', sentence: error.message } : { level: 'error', sentence: `days cannot be compared with Google's reports: ${error.message}` }];
  }
}
