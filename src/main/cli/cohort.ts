import { Option } from 'commander';
import * as read from './arguments.ts';
import { action, asked, pause } from './command.ts';
import { formatOf, writeRows, type Format } from './score-rows.ts';
import type { Command } from 'commander';
import type { CohortFilter } from '../../domain/release/cohort.ts';
import type { CohortStatus } from '../../../workflows/messages.ts';
import type { Cli } from './command.ts';
import type { Exit } from './exit-codes.ts';

const ANSWER_MS = 30_000;
const LOOK_MS = 500;

interface StartOptions { list?: string; activeWithinDays?: number; minimumEvents?: number; did?: string; asOf: string; week?: string; wait?: boolean }

export function addCohort(program: Command): void {
  const cohort = program.command('cohort').description('some people, scored once as they were at a day by the model of a week');

  cohort.command('start').description('score people of a list, or everybody who fits a filter').argument('<property>', 'property', read.propertyName).argument('<name>', 'lower-case letters, digits and -')
    .requiredOption('--as-of <day>', 'nothing at or after the start of this day is read', read.day)
    .option('--list <file>', 'ids of people, one a line; - reads stdin')
    .option('--active-within-days <n>', 'people with an event in so many days before the day', read.positive).option('--minimum-events <n>', 'people with so many events', read.positive).option('--did <name>', 'people with an event of this name')
    .option('--week <week>', 'whose model scores; else the latest live week\'s', read.week).option('--wait', 'wait until it is scored')
    .addHelpText('after', '\nExamples\n  $ npx almanac cohort start shop newsletter --list ids.txt --as-of 2011-12-05\n  $ npx almanac cohort start shop regulars --active-within-days 30 --minimum-events 5 --as-of 2011-12-05 --wait')
    .action(action(async (cli, options: StartOptions, property: string, name: string): Promise<Exit> => {
      const people = await peopleOf(options);
      await knownProperty(cli, property);
      const almanac = await cli.almanac({ needsStores: options.list !== undefined });
      await almanac.cohorts.start({ property, cohort: name, people, asOf: options.asOf, week: options.week ?? 'latest' });
      if (options.wait) return follow(cli, property, name);
      cli.result({ property, cohort: name, started: true }, `started; see: npx almanac cohort status ${property} ${name}`);
      return 'ok';
    }));

  cohort.command('status').description('how far a cohort is').argument('<property>', 'property', read.propertyName).argument('<name>', 'cohort')
    .option('--exit-code', 'end with 6 while it is not scored, 1 when it failed')
    .action(action(async (cli, { exitCode }: { exitCode?: boolean }, property: string, name: string): Promise<Exit> => {
      const status = await ask(cli, property, name);
      cli.result(status, statusText(property, name, status));
      if (!exitCode || status.state === 'done') return 'ok';
      return status.state === 'failed' ? 'failed' : 'waiting';
    }));

  cohort.command('scores').description('every scored person of a cohort: user, prediction, decile').argument('<property>', 'property', read.propertyName).argument('<name>', 'cohort')
    .addOption(new Option('--format <format>', 'csv or ndjson').choices(['csv', 'ndjson'])).option('--out <file>', 'a file that appears when it is whole; else stdout')
    .action(action(async (cli, { format, out, json }: { format?: Format; out?: string; json?: boolean }, property: string, name: string): Promise<Exit> => {
      const { shards } = await knownProperty(cli, property);
      const almanac = await cli.almanac({ needsStores: true });
      const count = await writeRows(almanac.cohorts.scores(property, name, shards), { format: format ?? formatOf(out, json), featureNames: [], out });
      if (count === 0) cli.remark(`no scores of cohort ${name} of ${property}; see: npx almanac cohort status ${property} ${name}`);
      if (out !== undefined) cli.result({ property, cohort: name, people: count, file: out }, `${count.toLocaleString('en-US')} people in ${out}`);
      return count === 0 ? 'notFound' : 'ok';
    }));
}

async function peopleOf({ list, activeWithinDays, minimumEvents, did }: StartOptions): Promise<readonly string[] | CohortFilter> {
  const isFiltered = activeWithinDays !== undefined || minimumEvents !== undefined || did !== undefined;
  const { Failure } = await import('../../domain/failure.ts');
  if (isFiltered === (list !== undefined)) throw new Failure('bad-argument', 'who is in the cohort? Expected either --list, or one or more of --active-within-days, --minimum-events and --did');
  if (list === undefined) return { activeWithinDays, minimumEvents, did };
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(list === '-' ? '/dev/stdin' : list, 'utf8').catch((cause: unknown) => {
    throw new Failure('bad-argument', `${list} cannot be read: expected a file with one id a line`, { cause });
  });
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

async function knownProperty(cli: Cli, property: string) {
  const [config, { propertyOf }] = [await cli.config(), await import('../../config.ts')];
  return propertyOf(config, property);
}

async function ask(cli: Cli, property: string, name: string): Promise<CohortStatus> {
  const almanac = await cli.almanac();
  return asked(cli, ANSWER_MS, () => almanac.cohorts.status(property, name));
}

async function follow(cli: Cli, property: string, name: string): Promise<Exit> {
  const interrupted = cli.interrupted();
  do {
    const status = await ask(cli, property, name);
    if (status.state !== 'done' && status.state !== 'failed') continue;
    cli.result(status, statusText(property, name, status));
    return status.state === 'done' ? 'ok' : 'failed';
  } while (await pause(LOOK_MS, interrupted));
  cli.remark(`cohort ${name} goes on without you; see: npx almanac cohort status ${property} ${name}`);
  return 'interrupted';
}

function statusText(property: string, name: string, { state, people, scored, notEnoughHistory, unknown, sentence }: CohortStatus): string {
  const figures = `${people.toLocaleString('en-US')} people: ${scored.toLocaleString('en-US')} scored, ${notEnoughHistory} with too little history, ${unknown} unknown at that day`;
  return `${property} cohort ${name}: ${state}. ${sentence}\n  ${figures}${state === 'done' && scored > 0 ? `\n  npx almanac cohort scores ${property} ${name}` : ''}`;
}
