import { revisionId } from '../../domain/release/ids.ts';
import { needsPerson } from '../../domain/release/week-status.ts';
import { asked, pause, type Cli } from './command.ts';
import { stageText } from './week-look.ts';
import type { Exit } from './exit-codes.ts';
import type { WeekStatus } from '../../domain/release/week-status.ts';

const LOOK_MS = 700;
const ANSWER_MS = 30_000;

/**
 * Prints the stages of a week as they finish, until it is decided or a person is needed. `revision` is the one to wait
 * for; null for whatever the week is at. Ctrl-C stops looking, not the week.
 */
export async function followWeek(cli: Cli, property: string, week: string, revision: number | null): Promise<Exit> {
  const { weeks } = await cli.almanac();
  const ask = () => asked(cli, ANSWER_MS, () => weeks.status(property, week));
  const interrupted = cli.interrupted();
  // What an earlier revision left in the table is not news.
  const told = new Set(revision === null ? [] : ((await ask())?.stages ?? []).map((row) => JSON.stringify(row)));
  let sentence = '';
  do {
    const isBuilt = revision === null || (await hasEnded(cli, property, week, revision));
    const status = await ask();
    if (status === null) {
      cli.remark(`week ${week} of ${property} has no workflow any more; see: npx almanac week status ${property} ${week}`);
      return 'notFound';
    }
    for (const row of status.stages.filter(({ state }) => state === 'done' || state === 'failed')) {
      if (told.has(JSON.stringify(row))) continue;
      told.add(JSON.stringify(row));
      cli.say(stageText(row));
    }
    if (status.waitingFor.length > 0 && status.sentence !== sentence) cli.say(`  ${(sentence = status.sentence)}`);
    const exit = exitOf(status, isBuilt, revision);
    if (exit !== null) {
      const { weekLine } = await import('../week-line.ts');
      cli.result(status, exit === 'ok' ? weekLine(status) : `${week} ${status.phase}: ${status.sentence}`);
      return exit;
    }
  } while (await pause(LOOK_MS, interrupted));
  cli.remark(`week ${week} goes on without you; see: npx almanac week status ${property} ${week}`);
  return 'interrupted';
}

/** How the command ends, null while there is something to wait for. */
function exitOf(status: WeekStatus, isBuilt: boolean, revision: number | null): Exit | null {
  const { phase, sentence, stages } = status;
  if (needsPerson(status)) return 'refused';
  if (phase === 'waiting') return null;
  if (!isBuilt || phase === 'building') return null;
  if (phase === 'failed' || (revision !== null && sentence.startsWith(`revision ${revision} failed`))) return 'failed';
  return stages.some(({ state }) => state === 'failed') && revision !== null ? 'failed' : 'ok';
}

/** Has the revision's own workflow ended? One that lost its worker version is started again by its week. */
async function hasEnded(cli: Cli, property: string, week: string, revision: number): Promise<boolean> {
  const { client } = await cli.temporal();
  try {
    const { status } = await client.workflow.getHandle(revisionId(property, week, revision)).describe();
    return status.name !== 'RUNNING' && status.name !== 'TERMINATED';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return false; // it waits for its days, or for its turn
    throw error;
  }
}
