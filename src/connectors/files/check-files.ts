import { addDays, startOfDay, type Day } from '../../domain/calendar/day.ts';
import { Failure } from '../../domain/failure.ts';
import type { RowRule } from '../../domain/activity/understand-row.ts';
import type { SourceFinding, SourceLook } from '../../ports/activity-source.ts';
import type { DayFiles } from './day-files.ts';

const daysLookedAt = 62;
const daysRead = 3;
const recordsRead = 2000;

/** What a newcomer needs to hear before the first run: which days are there, and whether their rows are understood. */
export async function checkFiles({ files, days, rule, timeZone }: { files: DayFiles; days: readonly Day[]; rule: RowRule; timeZone: string }): Promise<readonly SourceFinding[]> {
  const looks: { day: Day; look: SourceLook }[] = [];
  try {
    for (const day of days.slice(-daysLookedAt)) looks.push({ day, look: await files.look(day, {}) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ level: 'error', sentence: error.message }];
  }
  const present = looks.filter(({ look }) => look.state === 'present').map(({ day }) => day);
  return [...presence(looks, present), ...(await Promise.all(present.slice(-daysRead).map((day) => checkRows(files, day, rule, timeZone))))];
}

function presence(looks: readonly { day: Day; look: SourceLook }[], present: readonly Day[]): SourceFinding[] {
  const missing = looks.flatMap(({ look }) => (look.state === 'missing' ? [look.expected] : []));
  const unreadable = looks.flatMap(({ look }) => (look.state === 'unreadable' ? [look.sentence] : []));
  const findings: SourceFinding[] = unreadable.map((sentence) => ({ level: 'error', sentence }));
  if (present.length === 0) return [...findings, { level: 'error', sentence: `nothing is there: expected ${missing.at(-1) ?? 'files'}` }];
  findings.push({ level: 'ok', sentence: `${present.length} of the last ${looks.length} open days are there, the newest is ${present.at(-1) ?? ''}` });
  if (missing.length > 0) findings.push({ level: 'warning', sentence: `${missing.length} of them are not, the newest is ${missing.at(-1) ?? ''}` });
  return findings;
}

/** Reads the beginning of one day and says how its rows are understood. Values are never quoted. */
async function checkRows(files: DayFiles, day: Day, rule: RowRule, timeZone: string): Promise<SourceFinding> {
  const counts = { event: 0, anonymous: 0, rejected: 0 };
  const reasons = new Map<string, number>();
  const [start, end] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
  try {
    const { records } = await files.open(day);
    reading: for await (const some of records) {
      for (const record of some) {
        const understood = record.cells ? rule.understand(record.cells, start, end) : { kind: 'rejected' as const, reason: record.problem };
        counts[understood.kind] += 1;
        if (understood.kind === 'rejected') reasons.set(understood.reason, (reasons.get(understood.reason) ?? 0) + 1);
        if (counts.event + counts.anonymous + counts.rejected >= recordsRead) break reading;
      }
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { level: 'error', sentence: `${day}: ${error.message}` };
  }
  const [worst] = [...reasons].sort(([, a], [, b]) => b - a);
  const sentence = `${day}: ${counts.event} events, ${counts.anonymous} rows without a person, ${counts.rejected} not understood${worst ? `, mostly: ${worst[0]}` : ''}`;
  return { level: counts.event === 0 ? 'error' : counts.rejected > 0 ? 'warning' : 'ok', sentence };
}
