import * as read from './arguments.ts';
import { action } from './command.ts';
import { addRollupReading } from './rollup-read.ts';
import { knownRollup, run } from './rollup-run.ts';
import { addRollupServing } from './rollup-serving.ts';
import { table } from './table.ts';
import type { Command } from 'commander';
import type { Aggregated } from '../../../activities/rollup/aggregate-days.ts';
import type { TakenIn } from '../../../activities/rollup/take-in-readings.ts';
import type { Account, Game } from '../../domain/rollup/accounts.ts';
import type { BucketName, Level, Span } from '../../domain/rollup/bucket-name.ts';
import type { RollupStore } from '../../ports/rollup-store.ts';
import type { BroughtIn } from '../../../workflows/rollup-bring-in.ts';
import type { RollupFigures } from '../../../workflows/rollup-levels.ts';
import type { Exit } from './exit-codes.ts';

/** Of days that are not built, a week by name. */
const UNBUILT_SHOWN = 7;

export function addRollup(program: Command): void {
  const rollup = program.command('rollup').description('numeric series by minutes, hours and days');

  rollup.command('recompute').description('build again what is not built, or not from what is there now, and what is built above it; the rest is looked at and left')
    .argument('<property>', 'rollup', read.propertyName).addArgument(read.levelArgument).argument('<range>', 'a bucket of the level or a coarser one, or two as from..to', read.bucketRange)
    .option('--no-wait', 'only start it')
    .addHelpText('after', '\nExamples\n  $ npx almanac rollup recompute followers minute 2019-01-01_12\n  $ npx almanac rollup recompute followers hour 2019-01-01..2019-01-07')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, level: Level, { from, to }: read.BucketRange): Promise<Exit> => {
      const { timeZone } = await knownRollup(cli, property);
      await rangeAsked(level, from, to, timeZone);
      const { recomputeId } = await import('../../domain/release/ids.ts');
      return run(cli, wait, 'rollupRecompute', recomputeId(property, level, from, to), { property, level, from, to }, figuresText);
    }));

  rollup.command('take-in').description('store a list of readings: NDJSON with platform, member, second (since 1970) and value; the same list twice is stored once')
    .argument('<property>', 'rollup', read.propertyName).argument('<file>', 'the list').option('--no-wait', 'only start it')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, file: string): Promise<Exit> => {
      await knownRollup(cli, property);
      const [{ artifacts }, { createReadStream }, { intakeId }] = [await cli.stores(), await import('node:fs'), await import('../../domain/release/ids.ts')];
      const list = await artifacts.put('readings', '.ndjson', createReadStream(file));
      return run(cli, wait, 'rollupIntake', intakeId(property, list.sha256), { property, list }, (taken: TakenIn) => takenText(property, taken));
    }));

  rollup.command('describe').description('say who belongs where from which day on: lists of NDJSON; what is said of a day again stands').argument('<property>', 'rollup', read.propertyName)
    .option('--accounts <file>', 'member, from (a day), language and game').option('--games <file>', 'game, from (a day), genre and console')
    .action(action(async (cli, files: { accounts?: string; games?: string }, property: string) => {
      await knownRollup(cli, property);
      const [{ categoryStore }, { readFile }, { parseEntries }] = [await cli.stores(), await import('node:fs/promises'), await import('../../domain/rollup/accounts.ts')];
      const entries = async <Entry extends { readonly from: string }>(file: string | undefined, fields: readonly (keyof Entry & string)[]) => (file === undefined ? [] : parseEntries<Entry>(await readFile(file, 'utf8'), fields));
      const [accounts, games] = [await entries<Account>(files.accounts, ['member', 'from', 'language', 'game']), await entries<Game>(files.games, ['game', 'from', 'genre', 'console'])];
      await categoryStore.writeGames(property, games);
      await categoryStore.writeAccounts(property, accounts);
      cli.result({ accounts: accounts.length, games: games.length }, `${accounts.length} accounts, ${games.length} games; for days that have totals: npx almanac aggregate recompute ${property} <range>`);
    }));

  rollup.command('aside').description('readings that came later than is allowed, or lie before the first day: how many, by the hour that they belong to').argument('<property>', 'rollup', read.propertyName)
    .action(action(async (cli, _: object, property: string) => {
      await knownRollup(cli, property);
      const { rollupStore } = await cli.stores();
      const hours = await countedAside(rollupStore, property);
      cli.result(hours, hours.length === 0 ? 'none' : `${table(hours.map(({ hour, readings }) => [hour, readings]))}\nin after all: npx almanac rollup bring-in ${property} <from>..<to>`);
    }));

  rollup.command('bring-in').description('store readings of a range that are aside after all, and build again what they change; what cannot be built stays aside')
    .argument('<property>', 'rollup', read.propertyName).argument('<range>', 'a bucket of hours or days, or two as from..to', read.bucketRange).option('--no-wait', 'only start it')
    .addHelpText('after', '\nExample\n  $ npx almanac rollup aside followers\n  $ npx almanac rollup bring-in followers 2019-01-01_12..2019-01-02_03')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, { from, to }: read.BucketRange): Promise<Exit> => {
      const { timeZone } = await knownRollup(cli, property);
      const { from: begins, to: ends } = await rangeAsked('hour', from, to, timeZone);
      const [{ bringInId }, { bucketAt }] = [await import('../../domain/release/ids.ts'), await import('../../domain/rollup/bucket-name.ts')];
      const days = [begins, ends - 1].map((second) => bucketAt('day', second, timeZone)).join('..');
      return run(cli, wait, 'rollupBringIn', bringInId(property, from, to), { property, from, to }, (brought: BroughtIn) => broughtText(property, days, brought));
    }));

  addRollupServing(rollup);
  const aggregate = program.command('aggregate').description('totals of rollups by category');
  addRollupReading(rollup, aggregate);
  aggregate.command('recompute').description('make the totals of built days again, where they are not made from what is there now')
    .argument('<property>', 'rollup', read.propertyName).argument('<range>', 'a day, or two as from..to', read.bucketRange).option('--no-wait', 'only start it')
    .addHelpText('after', '\nExample\n  $ npx almanac aggregate recompute followers 2019-01-01..2019-01-07')
    .action(action(async (cli, { wait }: { wait: boolean }, property: string, { from, to }: read.BucketRange): Promise<Exit> => {
      const { timeZone } = await knownRollup(cli, property);
      const span = await rangeAsked('day', from, to, timeZone);
      const [{ aggregateId }, { bucketsIn }] = [await import('../../domain/release/ids.ts'), await import('../../domain/rollup/bucket-name.ts')];
      return run(cli, wait, 'rollupAggregate', aggregateId(property, from, to), { property, timeZone, from, to }, (aggregated: Aggregated) => aggregatedText(property, { from, to }, bucketsIn('day', span, timeZone).length, aggregated));
    }));
}

/** The span of a range; refused here, before anything is started, where a name is none in this zone. */
async function rangeAsked(level: Level, from: BucketName, to: BucketName, timeZone: string): Promise<Span> {
  const { askedRange } = await import('../../domain/rollup/asked-range.ts');
  return askedRange(level, from, to, timeZone);
}

function figuresText({ built, revised, read: rows, mismatches }: RollupFigures): string {
  const counts = (['minute', 'hour', 'day'] as const).map((level) => [`${level}s`, built[level], 'built', revised[level], 'revised']);
  return [table(counts), `${rows.toLocaleString('en-US')} rows read`, ...mismatches.map(({ sentence }) => `built again: ${sentence}`)].join('\n');
}

/** No stroke comes for days that have ended: what of them was never built waits for somebody. */
export function takenText(property: string, { 'on-time': onTime, late, aside }: TakenIn): string {
  const number = (count: number): string => count.toLocaleString('en-US');
  return `${number(onTime)} readings came into open minutes, ${number(late)} open theirs again, ${number(aside)} came too late, or lie before the first day, and are kept aside${onTime > 0 ? `. Of days that have ended already, open minutes are built by hand: npx almanac rollup recompute ${property} day <from>..<to>` : ''}`;
}

/** `days`: those of the range, by the rollup's own zone. Hours and days that were never built are not built by it, and totals never. */
function broughtText(property: string, days: string, { brought, left, ...figures }: BroughtIn): string {
  const [came, stay] = [brought, left].map((count) => count.toLocaleString('en-US'));
  const staying = left === 0 ? 'none stay aside' : `${stay} stay aside: they lie before the first day, or what their minute, hour or day was built from is gone by age (retention)`;
  const next = [...(figures.built.minute > 0 ? [`rollup recompute ${property} day ${days}`] : []), `aggregate recompute ${property} ${days}`];
  return [`${came} readings came in, ${staying}`, figuresText(figures), ...(brought > 0 ? [`then, for ${figures.built.minute > 0 ? 'hours and days that were never built, and ' : ''}totals by category: ${next.map((command) => `npx almanac ${command}`).join('; ')}`] : [])].join('\n');
}

async function countedAside(rollupStore: RollupStore, property: string): Promise<{ hour: string; readings: number }[]> {
  const counted = [];
  for (const hour of await rollupStore.listAsideHours(property)) counted.push({ hour, readings: await rollupStore.countAside(property, hour) });
  return counted;
}

/** `asked`: how many days the range has. */
export function aggregatedText(property: string, { from, to }: read.BucketRange, asked: number, { days, read: rows, unbuilt = [] }: Aggregated): string {
  const building = `what has ended is built by npx almanac rollup recompute ${property} day ${from === to ? from : `${from}..${to}`}`;
  if (unbuilt.length > 0 && unbuilt.length === asked) return `${asked === 1 ? `day ${from} is not` : `no day of ${from}..${to} is`} built; ${building}`;
  const made = days.length > 0 ? `${days.join(', ')}: ${rows.toLocaleString('en-US')} rows read` : `all totals${unbuilt.length > 0 ? ' of built days' : ''} are made from what is there`;
  const more = unbuilt.length > UNBUILT_SHOWN ? ` and ${unbuilt.length - UNBUILT_SHOWN} more` : '';
  return unbuilt.length === 0 ? made : `${made}\nnot built, so without totals: ${unbuilt.slice(0, UNBUILT_SHOWN).join(', ')}${more}; ${building}`;
}
