import { backfillId } from '../../domain/release/ids.ts';
import { needsPerson } from '../../domain/release/week-status.ts';
import { progressLine } from '../progress.ts';
import { weekLine } from '../week-line.ts';
import { asked, pause, type Cli } from './command.ts';
import type { BackfillInput } from '../../../workflows/backfill.ts';
import type { BackfillProgress } from '../../../workflows/messages.ts';
import type { Exit } from './exit-codes.ts';

const LOOK_MS = 500;
const ANSWER_MS = 30_000;

/**
 * Shows how far a backfill is, then its weeks as they are decided; ends with it, or as soon as a week needs a person.
 * Ctrl-C stops looking, not the backfill.
 */
export async function followBackfill(cli: Cli, { property, from, to }: BackfillInput, weeks: readonly string[]): Promise<Exit> {
  const [{ backfills, weeks: ask }, { client }] = [await cli.almanac(), await cli.temporal()];
  const interrupted = cli.interrupted();
  const line = progressLine(cli.isJson ? process.stderr : process.stdout, 'days');
  let result: BackfillProgress | null = null;
  let failure: unknown;
  const ended = client.workflow.getHandle(backfillId(property, from, to)).result().then((value: BackfillProgress) => (result = value), (error: unknown) => (failure = error ?? new Error('failed')));
  const statusOf = (week: string) => asked(cli, ANSWER_MS, () => ask.status(property, week)).catch(() => null); // not started yet, or just closed
  const left = [...weeks];
  let areDaysDone = false;
  do {
    const seen: BackfillProgress = result ?? (await asked(cli, ANSWER_MS, () => backfills.progress(property, from, to)));
    const figures = [seen.done, seen.total, `${seen.rows.toLocaleString('en-US')} events`] as const;
    if (!areDaysDone) line.show(...figures);
    if (!areDaysDone && (result !== null || failure !== undefined || seen.deciding !== null)) {
      areDaysDone = true;
      line.end(...figures);
      for (const failed of failedLines(seen)) cli.say(failed);
    }
    while (left[0] !== undefined && (result !== null || (seen.deciding !== null && left[0] < seen.deciding))) await sayWeek(cli, seen, left.shift()!, statusOf); // there is one
    if (failure !== undefined) throw failure;
    if (result !== null) {
      await ended;
      cli.result(result, sentenceOf(result));
      for (const later of laterLines(result)) cli.say(later);
      return seen.failed.length + seen.failedWeeks.length + (seen.later?.length ?? 0) > 0 ? 'failed' : 'ok';
    }
    const status = seen.deciding === null ? null : await statusOf(seen.deciding);
    if (status !== null && needsPerson(status)) {
      cli.result(seen, `  ${status.week}  ${status.phase}: ${status.sentence}`);
      cli.remark('the backfill goes on when that is settled; the same command joins it again');
      return 'refused';
    }
  } while (await pause(LOOK_MS, interrupted));
  cli.remark('the backfill goes on; the same command joins it again, and with --cancel ends it');
  return 'interrupted';
}

/** A decided week in a line; one that was retired meanwhile has no more to say. */
async function sayWeek(cli: Cli, { failedWeeks }: BackfillProgress, week: string, statusOf: (week: string) => Promise<Parameters<typeof weekLine>[0] | null>): Promise<void> {
  const failed = failedWeeks.find((other) => other.week === week);
  const status = failed ? null : await statusOf(week);
  if (failed) cli.say(`  ${week}  ${failed.phase}: ${failed.sentence}`);
  if (status) cli.say(weekLine(status));
}

/** A line for each failed day that is known, and one for those that are only counted. */
export function failedLines({ failed, failedDays = failed.length }: BackfillProgress): string[] {
  const more = failedDays - failed.length;
  return [...failed.map(({ day, state, sentence }) => `  ${day} ${state}: ${sentence}`), ...(more > 0 ? [`  and ${more.toLocaleString('en-US')} more`] : [])];
}

function laterLines({ later = [] }: BackfillProgress): string[] {
  return later.map(({ day, state, sentence }) => `  ${day} ${state} since the range is in its past: ${sentence}`);
}

export function sentenceOf({ done, total, rows, failed, failedDays = failed.length, notDueDays = 0, failedWeeks, failedWeekCount = failedWeeks.length }: BackfillProgress): string {
  const days = `${done - failedDays - notDueDays} of ${total} days are in, ${rows.toLocaleString('en-US')} events${failedDays > 0 ? `; ${failedDays} failed` : ''}${notDueDays > 0 ? `; ${notDueDays} not there yet` : ''}`;
  if (failedWeekCount === 0) return days;
  const more = failedWeekCount - failedWeeks.length;
  return `${days}; weeks that failed: ${failedWeeks.map(({ week }) => week).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
