import { Option } from 'commander';
import * as read from './arguments.ts';
import { action } from './command.ts';
import type { Command } from 'commander';
import type { Plugs } from '../../../activities/plugs.ts';
import type { BackfillInput } from '../../../workflows/backfill.ts';
import type { Cli } from './command.ts';
import type { Exit } from './exit-codes.ts';
import type { PlanInput } from './plan-text.ts';

/** More days than any plan holds. */
const ALL = 1_000_000;
const TIMED_DAYS = 200;
const TIMED_WEEKS = 8;
/** Of a week with some ten thousand people; used until the first week of the property was built. */
const WEEK_MINUTES = 1;

/** `leftOut` says which weeks of the range the property is too young for. */
interface WholeWeeks { readonly weeks: readonly string[]; readonly leftOut: string | null }

interface RangeOptions { from: string; to: string; which: BackfillInput['which']; order: BackfillInput['order']; weeks?: boolean; cancel?: boolean; wait: boolean }

export function addBackfill(program: Command): void {
  const backfill = program.command('backfill').description('look at many past days, and build the weeks they make up');
  const ranged = (name: string, description: string): Command => backfill.command(name).description(description)
    .argument('<property>', 'property', read.propertyName).requiredOption('--from <day>', 'first day', read.day).requiredOption('--to <day>', 'last day', read.day)
    .addOption(new Option('--which <days>', 'days that were not settled yet, that failed, or all').choices(['missing', 'failed', 'all']).default('missing'))
    .addOption(new Option('--order <order>', 'which days first; weeks are always built oldest first').choices(['oldest', 'newest']).default('oldest'))
    .addOption(new Option('--newest-first', 'the same as --order newest').implies({ order: 'newest' }))
    .option('--weeks', 'then build the whole weeks of the range');

  ranged('plan', 'list exactly the days and weeks that `run` would take, with their rows, what they cost, how long they take, and the gaps in the source; writes nothing')
    .action(action(async (cli, options: RangeOptions, property: string) => {
      const { planOf, planText } = await import('./plan-text.ts');
      const plan = planOf(await forecast(cli, await inputOf(cli, property, options)));
      cli.result(plan, planText(plan));
    }));

  ranged('run', 'start the backfill, or join the one that runs with the same options over the same range, and follow it; Ctrl-C only stops looking')
    .option('--no-wait', 'only start it').option('--cancel', 'end the backfill of this range: days that are done stay done, looks that are under way go on')
    .addHelpText('after', '\nExample\n  $ npx almanac backfill run shop --from 2010-12-01 --to 2011-09-04 --weeks')
    .action(action(async (cli, options: RangeOptions, property: string): Promise<Exit> => {
      const input = await inputOf(cli, property, options);
      const { backfills } = await cli.almanac();
      if (options.cancel) {
        await backfills.cancel(property, input.from, input.to);
        cli.result({ ...input, cancelled: true }, 'cancelled; days that are done stay done, and running it again goes on. Looks at days and a week that are under way go on to their end, as workflows of their own');
        return 'ok';
      }
      const { workflowId } = await backfills.start(input);
      const { weeks, leftOut } = await wholeWeeks(cli, input);
      if (leftOut !== null) cli.remark(leftOut);
      if (options.wait) return (await import('./follow-backfill.ts')).followBackfill(cli, input, weeks);
      cli.result({ workflowId }, `started ${workflowId}`);
      return 'ok';
    }));
}

async function inputOf(cli: Cli, property: string, { from, to, which, order, weeks = false }: RangeOptions): Promise<BackfillInput> {
  const [config, { propertyOf }, { Failure }] = [await cli.config(), await import('../../config.ts'), await import('../../domain/failure.ts')];
  propertyOf(config, property);
  if (from > to) throw new Failure('bad-argument', `--from ${from} is after --to ${to}`);
  return { property, from, to, which, order, weeks };
}

/** Which days the sequence itself would take, by the same code over the same store, and what each of them is. */
async function forecast(cli: Cli, input: BackfillInput): Promise<PlanInput> {
  const [config, { activityStore, releaseStore, requestBudget }, { planBackfill }, { forecastDays }, { durationOf }, { sourcesOf }] = [
    await cli.config(), await cli.stores(), await import('../../../activities/backfill/plan-backfill.ts'), await import('./forecast-backfill.ts'), await import('../../domain/activity/backfill-duration.ts'), await import('../plugs.ts'),
  ];
  const [{ propertyOf }, { progressLine }] = [await import('../../config.ts'), await import('../progress.ts')];
  const { chunkRows, daysAtOnce, shardsAtOnce } = config.worker;
  const limits = { chunkRows, daysAtOnce, shardsAtOnce, maximumLiveWeeks: config.maximumLiveWeeks };
  const plugs = { activityStore, limits, settingsOf: (name: string) => propertyOf(config, name) } as unknown as Plugs; // all that a plan looks at
  const wanted = (await planBackfill(plugs)({ ...input, after: null, done: 0, limit: ALL })).days;
  // Looking at many days may use a quota up, so it is asked for like the looks of workers.
  const source = sourcesOf(config, requestBudget)(input.property);
  try {
    const line = process.stderr.isTTY ? progressLine(process.stderr, 'looks') : null;
    const days = await forecastDays({ property: input.property, days: wanted, source, activityStore, signal: cli.interrupted(), onProgress: (done) => line?.show(done, wanted.length, 'looked at') });
    line?.end(wanted.length, wanted.length, 'looked at');
    const records = new Map((await releaseStore.listWeeks(input.property)).map(({ week, service }) => [week, service?.state]));
    const { weeks: names, leftOut } = await wholeWeeks(cli, input);
    const weeks = names.map((week) => ({ week, state: records.get(week) ?? 'build' as const }));
    const duration = durationOf(days.map((day) => (day.source === 'read' ? day.records : null)), await activityStore.readIntakes(input.property, TIMED_DAYS), daysAtOnce);
    return { property: input.property, from: input.from, to: input.to, days, weeks, leftOut, expected: { days: duration, weeks: await weeksDuration(cli, input.property, weeks.filter(({ state }) => state === 'build').length) } };
  } finally {
    await source.dispose();
  }
}

/** How long weeks take, one after the other, as the newest that Temporal remembers did. */
async function weeksDuration(cli: Cli, property: string, weeks: number): Promise<{ minutes: number; from: 'measured' | 'stated' }> {
  if (weeks === 0) return { minutes: 0, from: 'stated' };
  const took: number[] = [];
  try {
    const { client } = await cli.temporal();
    for await (const { startTime, closeTime } of client.workflow.list({ query: `WorkflowType = 'revision' AND Property = '${property}' AND ExecutionStatus = 'Completed'` })) {
      if (closeTime) took.push((closeTime.getTime() - startTime.getTime()) / 60_000);
      if (took.length === TIMED_WEEKS) break;
    }
  } catch (error) {
    cli.remark(`how long a week takes is not measured: ${error instanceof Error ? error.message : String(error)}`);
  }
  const median = took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)];
  return median === undefined ? { minutes: weeks * WEEK_MINUTES, from: 'stated' } : { minutes: weeks * median, from: 'measured' };
}

async function wholeWeeks(cli: Cli, input: BackfillInput): Promise<WholeWeeks> {
  if (!input.weeks) return { weeks: [], leftOut: null };
  const [config, { propertyOf }, { planBackfillWeeks }] = [await cli.config(), await import('../../config.ts'), await import('../../../activities/backfill/plan-backfill.ts')];
  return planBackfillWeeks({ settingsOf: (name) => propertyOf(config, name) })(input);
}
