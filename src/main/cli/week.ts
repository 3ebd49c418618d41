import { randomUUID } from 'node:crypto';
import * as read from './arguments.ts';
import { action, asked, whoAmI } from './command.ts';
import { qualityText } from '../quality-text.ts';
import { endingOf } from './exit-codes.ts';
import { table } from './table.ts';
import { lookAtWeek, lookText, statusText } from './week-look.ts';
import type { Command } from 'commander';
import type { Almanac } from '../../client.ts';
import type { Stage } from '../../domain/release/stages.ts';
import { needsPerson } from '../../domain/release/week-status.ts';
import type { WeekStatus } from '../../domain/release/week-status.ts';
import type { Cli } from './command.ts';
import type { Exit } from './exit-codes.ts';

const ANSWER_MS = 60_000;
/** Retiring answers when the address says 410 everywhere. */
const RETIRE_MS = 180_000;

interface Decision { reason: string; by: string; requestId?: string; wait: boolean }

export function addWeek(program: Command): void {
  const week = program.command('week').description('a week of a property: build it, watch it, decide on it, retire it');
  const of = (name: string, description: string): Command =>
    week.command(name).description(description).argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week);

  of('run', 'start the week, or join the one that runs, and follow it until it is decided')
    .option('--no-wait', 'only start it')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, name: string): Promise<Exit> => {
      const { weeks } = await sdk(cli, property);
      await oldEnough(cli, property, name);
      await weeks.run(property, name);
      if (wait) return follow(cli, property, name, null);
      cli.result({ property, week: name, started: true }, `started; see: npx almanac week status ${property} ${name}`);
      return 'ok';
    }));

  of('rerun', 'build a new revision beside the live one from a stage on, and follow it')
    .requiredOption('--from <stage>', `one of ${read.stages.join(', ')}`, read.stage)
    .option('--override <reason>', 'go on over checks of the week that fail; the reason is kept with the release', read.reason).option('--by <name>', 'who overrides', whoAmI())
    .option('--request-id <id>', 'your name for this wish: the same one twice is one revision').option('--no-wait', 'only ask for it')
    .addHelpText('after', '\nExample\n  $ npx almanac week rerun shop 2011-W48 --from train')
    .action(action(async (cli, { from, override, by, requestId = `cli-${randomUUID()}`, wait }: { from: Stage; override?: string; by: string; requestId?: string; wait: boolean }, property: string, name: string): Promise<Exit> => {
      const { weeks } = await sdk(cli, property);
      const { revision } = await asked(cli, ANSWER_MS, () => weeks.rerun(property, name, { from, requestId, ...(override === undefined ? {} : { overrideChecks: { reason: override, by } }) }));
      if (!wait) {
        cli.result({ property, week: name, revision, requestId }, `revision ${revision} will be built`);
        return 'ok';
      }
      cli.say(`revision ${revision} of ${name} from ${from} on`);
      return follow(cli, property, name, revision);
    }));

  of('status', 'the stage table, and what the week waits for')
    .option('--exit-code', 'end with 6 while the week is not decided, 5 when it needs a person, 1 when it failed')
    .action(action(async (cli, { exitCode }: { exitCode?: boolean }, property: string, name: string): Promise<Exit> => {
      const { status, silence } = await liveStatus(cli, property, name);
      if (silence !== null) cli.remark(endingOf(silence).sentence);
      if (status) {
        cli.result(status, statusText(status));
        return exitCode ? exitOfPhase(status) : 'ok';
      }
      const { releaseStore } = await cli.stores();
      const { addressOfWeek } = await import('../publishers.ts');
      const record = (await releaseStore.listWeeks(property)).find((known) => known.week === name);
      if (!record && silence !== null) return 'notReachable';
      if (!record) await oldEnough(cli, property, name);
      if (!record) throw new (await import('../../domain/failure.ts')).Failure('week-unknown', `week ${name} of ${property} was never run; run it with: npx almanac week run ${property} ${name}`);
      const look = await lookAtWeek(releaseStore, property, record, addressOfWeek(await cli.config()));
      cli.result({ property, ...look }, lookText(property, look));
      return exitCode && look.phase === 'staged' ? 'waiting' : 'ok';
    }));

  for (const verb of ['approve', 'reject'] as const) {
    of(verb, verb === 'approve' ? 'let a model serve that waits for a person, or that the gate refused' : 'keep the champion instead of the model that waits or serves')
      .requiredOption('--reason <text>', 'why; kept with the release', read.reason).option('--by <name>', 'who decides', whoAmI())
      .option('--request-id <id>', 'your name for this decision: the same one twice is one decision').option('--no-wait', 'only take the decision')
      .action(action(async (cli, { reason, by, requestId = `cli-${randomUUID()}`, wait }: Decision, property: string, name: string): Promise<Exit> => {
        const { weeks } = await sdk(cli, property);
        const { revision } = await asked(cli, ANSWER_MS, () => weeks[verb](property, name, { reason, by, requestId }));
        if (!wait) {
          cli.result({ property, week: name, revision }, `${verb === 'approve' ? 'approved' : 'rejected'}: revision ${revision} will serve the decision`);
          return 'ok';
        }
        cli.say(`${verb === 'approve' ? 'approved' : 'rejected'} by ${by}; revision ${revision} serves the decision`);
        return follow(cli, property, name, revision);
      }));
  }

  of('retire', 'take the week\'s endpoint down: it answers 410 and names its successor; the week\'s rows are deleted')
    .requiredOption('--reason <text>', 'why; kept in the audit', read.reason).option('--by <name>', 'who decides', whoAmI())
    .action(action(async (cli, { reason, by }: Decision, property: string, name: string) => {
      const { weeks } = await sdk(cli, property);
      await asked(cli, RETIRE_MS, () => weeks.retire(property, name, { reason, by }));
      cli.result({ property, week: name, retired: true }, `${name} of ${property} is retired`);
    }));

  of('report', 'the decision with every number behind it: metrics and differences with their intervals, reasons, model cards')
    .option('--revision <n>', 'what a revision was decided on; else the newest decision', read.positive)
    .action(action(async (cli, { revision }: { revision?: number }, property: string, name: string) => (await import('./week-report.ts')).showReport(cli, property, name, revision)));

  of('changes', 'who changed kind or decile between the newest revision and the one before it')
    .action(action(async (cli, _options, property: string, name: string) => (await import('./week-changes.ts')).showChanges(cli, property, name)));

  week.command('list').description('every week of the property that was built').argument('<property>', 'property', read.propertyName)
    .action(action(async (cli, _options, property: string) => {
      const [config, { propertyOf }, { addressOfWeek }] = [await cli.config(), await import('../../config.ts'), await import('../publishers.ts')];
      propertyOf(config, property);
      const { releaseStore } = await cli.stores();
      const looks = await Promise.all((await releaseStore.listWeeks(property)).map((record) => lookAtWeek(releaseStore, property, record, addressOfWeek(config))));
      const rows = looks.map((look) => [look.week, look.phase, look.revision === null ? '' : `revision ${look.revision}`, qualityText(look), look.outcome?.replaceAll('-', ' ') ?? '', look.scored === null ? '' : `${look.scored} scored`, look.phase === 'serving' ? look.address : '', look.finality === 'provisional' ? 'provisional' : '']);
      cli.result(looks, rows.length === 0 ? `no week of ${property} was built yet` : table(rows));
    }));
}

async function follow(cli: Cli, property: string, name: string, revision: number | null): Promise<Exit> {
  const { followWeek } = await import('./follow-week.ts');
  return followWeek(cli, property, name, revision);
}

async function sdk(cli: Cli, property: string): Promise<Almanac> {
  const [config, { propertyOf }] = [await cli.config(), await import('../../config.ts')];
  propertyOf(config, property);
  return cli.almanac();
}

/** Fails with `week-too-young` where nobody can have a row to train on: the build would fail, after a wait for its days. */
async function oldEnough(cli: Cli, property: string, week: string): Promise<void> {
  const [config, { propertyOf }, { isTooYoung, tooYoungSentence }, { Failure }] = [await cli.config(), await import('../../config.ts'), await import('../../domain/churn/first-week.ts'), await import('../../domain/failure.ts')];
  const settings = propertyOf(config, property);
  if (isTooYoung(week, settings)) throw new Failure('week-too-young', tooYoungSentence(property, week, settings));
}

/** The week's own answer, or why there is none: its workflow is over or unknown (null), or nobody is there to answer. */
async function liveStatus(cli: Cli, property: string, name: string): Promise<{ status: WeekStatus | null; silence: unknown }> {
  const { propertyOf } = await import('../../config.ts');
  propertyOf(await cli.config(), property);
  try {
    const { weeks } = await cli.almanac();
    return { status: await asked(cli, ANSWER_MS, () => weeks.status(property, name)), silence: null };
  } catch (error) {
    if (endingOf(error).exit !== 'notReachable') throw error;
    return { status: null, silence: error };
  }
}

function exitOfPhase(status: WeekStatus): Exit {
  switch (status.phase) {
    case 'serving':
    case 'retired':
      return 'ok';
    case 'failed':
      return 'failed';
    case 'awaiting-approval':
      return 'refused';
    case 'waiting':
      return needsPerson(status) ? 'refused' : 'waiting';
    case 'building':
      return 'waiting';
  }
}
