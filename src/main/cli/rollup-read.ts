import * as read from './arguments.ts';
import { action, type Cli } from './command.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Day } from '../../domain/calendar/day.ts';
import type { ComparedRow, Earlier } from '../../domain/rollup/compared-days.ts';
import type { EventEffect } from '../../domain/rollup/event-effect.ts';
import type { Total } from '../../domain/rollup/total.ts';
import type { RollupReader } from '../read-rollups.ts';

const MEMBERS_SHOWN = 20;
/** Eight weeks say how much a member moves by itself; four are enough to see a step. */
const [BEFORE_DAYS, AFTER_DAYS] = [56, 28];
const MOST_DAYS = 366;

/** What rollups hold: of members, of categories, and around an event. */
export function addRollupReading(rollup: Command, aggregate: Command): void {
  rollup.command('show').description('members of a bucket over all platforms, the largest first').argument('<property>', 'rollup', read.propertyName).argument('<bucket>', '2019-01-01_12-34, 2019-01-01_12 or 2019-01-01', read.bucketRange)
    .addHelpText('after', `\nPeople see the first ${MEMBERS_SHOWN}; --json has all.`)
    .action(action(async (cli, _: object, property: string, { from: bucket }: read.BucketRange) => {
      const [reader, { readTotals }] = [await readerOf(cli, property), await import('../read-rollups.ts')];
      const { measure } = reader.rollupSettingsOf(property);
      const totals = (await readTotals(reader, property, bucket)).sort((a, b) => b[measure] - a[measure]);
      cli.result(totals, totals.length === 0 ? `no reading in ${bucket}` : totalsText(totals.slice(0, MEMBERS_SHOWN)));
    }));

  aggregate.command('show').description('totals of a day by category, with share, rank and change against yesterday, last week and last month')
    .argument('<property>', 'rollup', read.propertyName).argument('<day>', 'day', read.day)
    .action(action(async (cli, _: object, property: string, day: Day) => {
      const [reader, { readCategories }] = [await readerOf(cli, property), await import('../read-rollups.ts')];
      const rows = await readCategories(reader, property, day);
      cli.result(rows, categoriesText(rows));
    }));

  rollup.command('effect').description('what an event on a day did to a member, beside what happened to all others').argument('<property>', 'rollup', read.propertyName).argument('<member>', 'whom it befell').argument('<day>', 'the first day that it may have changed', read.day)
    .option('--before <days>', 'days to compare with', read.wholeNumber(2, MOST_DAYS), BEFORE_DAYS).option('--after <days>', 'days of the effect, the first included', read.wholeNumber(1, MOST_DAYS), AFTER_DAYS)
    .addHelpText('after', '\nWhole weeks on both sides keep weekdays out of the answer.\n\nExample\n  $ npx almanac rollup effect followers member-0002 2019-03-04')
    .action(action(async (cli, { before, after }: { before: number; after: number }, property: string, member: string, day: Day) => {
      const [reader, { readDailySeries, daysAround }, { effectOf }] = [await readerOf(cli, property), await import('../read-rollups.ts'), await import('../../domain/rollup/event-effect.ts')];
      const { from, to } = daysAround(day, before, after);
      const effect = effectOf({ member, series: await readDailySeries(reader, property, from, to), eventAt: before });
      cli.result(effect, effectText(member, day, effect));
    }));
}

async function readerOf(cli: Cli, property: string): Promise<RollupReader> {
  const [config, { rollupOf }] = [await cli.config(), await import('../../config.ts')];
  const settings = rollupOf(config, property);
  const { rollupStore, categoryStore } = await cli.stores();
  return { rollupStore, categoryStore, rollupSettingsOf: () => settings };
}

/** For people: a line a member. */
export function totalsText(totals: readonly Total[]): string {
  const rows = totals.map(({ member, mean, sum, last, count, missing, isComplete, completeness }) => [
    member, rounded(mean), rounded(sum), rounded(last), count, isComplete ? '' : missing.length > 0 ? `without ${missing.join(', ')}` : `${percent(completeness)} of its minutes`,
  ]);
  return table(rows, ['member', 'mean', 'sum', 'last', 'readings', '']);
}

/** For people: a line for each value of each category. */
export function categoriesText(rows: readonly ComparedRow[]): string {
  const cell = ({ change }: ComparedRow, when: Earlier): string => (change[when].share === null ? '' : signed(change[when].share));
  return table(rows.map((row) => [row.category, row.value, row.rank, rounded(row.figure), percent(row.share), row.members, cell(row, 'yesterday'), cell(row, 'lastWeek'), cell(row, 'lastMonth'), row.partial > 0 ? `${row.partial} incomplete` : '']),
    ['category', 'value', 'rank', 'figure', 'share', 'members', 'yesterday', 'last week', 'last month', '']);
}

/** For people: the answer in one sentence. */
export function effectText(member: string, day: Day, { change, low, high, isBeyondChance, controls, leftOut }: EventEffect): string {
  const verdict = isBeyondChance ? 'beyond what chance does to others' : 'no more than chance does to others';
  return `${member} changed by ${signed(change)} from ${day} on (95 % interval ${signed(low)} to ${signed(high)}), ${verdict}; compared with ${controls} others${leftOut.length > 0 ? `, without ${leftOut.length} that lack days or never change` : ''}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '−'}${percent(Math.abs(share))}`;
}
