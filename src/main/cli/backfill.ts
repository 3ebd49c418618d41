import { Option } from 'commander';
import * as read from './arguments.ts';
import { action } from './command.ts';
import type { Command } from 'commander';
import type { Plugs } from '../../../activities/plugs.ts';
import type { BackfillInput } from '../../../workflows/backfill.ts';
import type { Cli } from './command.ts';
import type { Exit } from './exit-codes.ts';

/** More days than any plan holds. */
const ALL = 1_000_000;

/** `leftOut` says which weeks of the range the property is too young for. */
interface WholeWeeks { readonly weeks: readonly string[]; readonly leftOut: string | null }

interface RangeOptions { from: string; to: string; which: BackfillInput['which']; order: BackfillInput['order']; weeks?: boolean; cancel?: boolean; wait: boolean }

export function addBackfill(program: Command): void {
  const backfill = program.command('backfill').description('look at many past days, and build the weeks they make up');
  const ranged = (name: string, description: string): Command => backfill.command(name).description(description)
    .argument('<property>', 'property', read.propertyName).requiredOption('--from <day>', 'first day', read.day).requiredOption('--to <day>', 'last day', read.day)
    .addOption(new Option('--which <days>', 'days that were not settled yet, that failed, or all').choices(['missing', 'failed', 'all']).default('missing'))
    .addOption(new Option('--order <order>', 'which days first; weeks are always built oldest first').choices(['oldest', 'newest']).default('oldest'))
    .option('--weeks', 'then build the whole weeks of the range');

  ranged('plan', 'list exactly the days and weeks that `run` would take; writes nothing')
    .action(action(async (cli, options: RangeOptions, property: string) => {
      const { days, weeks, leftOut } = await plan(cli, await inputOf(cli, property, options));
      const count = `${days.length} days${options.weeks ? `, ${weeks.length} weeks` : ''}`;
      cli.result({ property, from: options.from, to: options.to, days, weeks, leftOut }, [...days, ...weeks, count, ...(leftOut === null ? [] : [leftOut])].join('\n'));
    }));

  ranged('run', 'start the backfill, or join the one that runs over the same range, and follow it; Ctrl-C only stops looking')
    .option('--no-wait', 'only start it').option('--cancel', 'end the backfill of this range: days that are done stay done')
    .addHelpText('after', '\nExample\n  $ npx almanac backfill run shop --from 2010-12-01 --to 2011-09-04 --weeks')
    .action(action(async (cli, options: RangeOptions, property: string): Promise<Exit> => {
      const input = await inputOf(cli, property, options);
      const { backfills } = await cli.almanac();
      if (options.cancel) {
        await backfills.cancel(property, input.from, input.to);
        cli.result({ ...input, cancelled: true }, 'cancelled; days that are done stay done, and running it again goes on');
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

/** What the sequence itself would take: the same code, over the same store. */
async function plan(cli: Cli, input: BackfillInput): Promise<{ days: readonly string[] } & WholeWeeks> {
  const [config, { activityStore }, { planBackfill }] = [await cli.config(), await cli.stores(), await import('../../../activities/backfill/plan-backfill.ts')];
  const { propertyOf } = await import('../../config.ts');
  const { chunkRows, daysAtOnce, shardsAtOnce } = config.worker;
  const limits = { chunkRows, daysAtOnce, shardsAtOnce, maximumLiveWeeks: config.maximumLiveWeeks };
  const plugs = { activityStore, limits, settingsOf: (name: string) => propertyOf(config, name) } as unknown as Plugs; // all that a plan looks at
  const { days } = await planBackfill(plugs)({ ...input, after: null, done: 0, limit: ALL });
  return { days, ...(await wholeWeeks(cli, input)) };
}

async function wholeWeeks(cli: Cli, input: BackfillInput): Promise<WholeWeeks> {
  if (!input.weeks) return { weeks: [], leftOut: null };
  const [config, { propertyOf }, { planBackfillWeeks }] = [await cli.config(), await import('../../config.ts'), await import('../../../activities/backfill/plan-backfill.ts')];
  return planBackfillWeeks({ settingsOf: (name) => propertyOf(config, name) })(input);
}
