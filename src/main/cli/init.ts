import { Option } from 'commander';
import * as read from './arguments.ts';
import { action } from './command.ts';
import { indent, table } from './table.ts';
import type { Command } from 'commander';
import type { GuessedProperty } from './guess/property.ts';

interface InitOptions {
  file: string; timeZone?: string; format?: 'csv' | 'ndjson'; delimiter?: string; userColumn?: string; timeColumn?: string; timeFormat?: string; nameColumn?: string; eventName?: string;
  valueColumn?: string; groupColumn?: string; closedWeekdays?: number[]; firstDay?: string; lastDay?: string; replace?: boolean; dryRun?: boolean;
}

const WEEKDAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const SHOWN_DAYS = 6;

export function addInit(program: Command): void {
  program.command('init').description('a property from your own CSV or NDJSON: guesses everything, says what it guessed, and writes it into almanac.yaml; copies nothing')
    .argument('<property>', 'its name: lower-case letters, digits and -', read.propertyName)
    .requiredOption('--file <path>', 'one file, plain or gzip, or one a day: exports/{day}.csv.gz')
    .option('--time-zone <zone>', 'whose days count, as in Europe/London (default: this machine\'s)', read.timeZone)
    .addOption(new Option('--format <format>', 'of the file').choices(['csv', 'ndjson'])).option('--delimiter <text>', 'between fields; whitespace for any spaces or tabs')
    .option('--user-column <name>', 'who did it').option('--time-column <name>', 'when').option('--time-format <format>', 'iso, epoch-seconds, epoch-millis, or as in "DD/MM/YYYY HH:mm"')
    .option('--name-column <name>', 'what was done').option('--event-name <name>', 'what was done, where no column says it').option('--value-column <name>', 'its worth').option('--group-column <name>', 'what it belongs to: an order, a session')
    .option('--closed-weekdays <days>', 'when nothing is expected: 6,7 or sat,sun', read.weekdays).option('--first-day <day>', 'first day with activity', read.day).option('--last-day <day>', 'last day, of a property that has ended', read.day)
    .option('--replace', 'write over a property of this name').option('--dry-run', 'only say what would be written')
    .addHelpText('after', '\nExamples\n  $ npx almanac init orders --file exports/orders.csv --time-zone Europe/Berlin\n  $ npx almanac init app --file \'events/{day}.ndjson.gz\' --user-column account --event-name opened')
    .action(action(async (cli, options: InitOptions, property: string) => {
      const [{ guessProperty, todayIn }, { addProperty }] = [await import('./guess/property.ts'), await import('./property-file.ts')];
      const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      const guessed = await guessProperty({
        file: options.file, timeZone, today: todayIn(timeZone), format: options.format, delimiter: options.delimiter, timeColumn: options.timeColumn, timeFormat: options.timeFormat,
        roles: { user: options.userColumn, name: options.nameColumn, event: options.eventName, value: options.valueColumn, group: options.groupColumn },
        calendar: { firstDay: options.firstDay, lastDay: options.lastDay, closedWeekdays: options.closedWeekdays },
      });
      const path = cli.configFile ?? process.env.ALMANAC_CONFIG ?? 'almanac.yaml';
      const { settings, text, notes, firstWeek } = await addProperty({ path, property, timeZone, guessed, isReplacing: options.replace ?? false, isDryRun: options.dryRun ?? false });
      const lines = [`${property}: ${options.dryRun ? 'would be written' : 'written'} into ${path}`, indent([guessText(guessed, timeZone, options), ...[...guessed.notes, ...notes].map((note) => `! ${note}`)].join('\n')), ...(options.dryRun ? ['', text.trimEnd()] : nextSteps(property, guessed, firstWeek))];
      cli.result({ property, file: path, written: !options.dryRun, guessed: settings, notes: [...guessed.notes, ...notes] }, lines.join('\n'));
    }));
}

function guessText({ files, shape, columns, calendar, hasEnded, rows, understood }: GuessedProperty, timeZone: string, options: InitOptions): string {
  const { name, value, group, user, time } = columns;
  const some = (days: readonly string[]): string => (days.length === 0 ? 'none' : `${days.slice(0, SHOWN_DAYS).join(', ')}${days.length > SHOWN_DAYS ? ` and ${days.length - SHOWN_DAYS} more` : ''}`);
  return table([
    ['file', `${files.isDaily ? `${files.paths.length} files, one a day` : 'one file'}, ${shape.format}${shape.delimiter === null ? '' : ` with ${shape.delimiter === '\t' ? 'tabs' : `"${shape.delimiter}"`}`}, ${understood.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} rows read have a time`],
    ['person', `"${user.column}"${user.as ? ', whole numbers' : ''}`],
    ['time', `"${time.column}" as ${time.format}; days of ${timeZone}${options.timeZone === undefined ? ', this machine\'s zone (--time-zone)' : ''}`],
    ['event', 'constant' in name ? `every row is "${name.constant}"` : `"${name.column}"`],
    ['value', value ? ('column' in value ? `"${value.column}"` : value.multiply.map((column) => `"${column}"`).join(' × ')) : 'none'],
    ['group', group ? `"${group.column}"` : 'none'],
    ['days', `${calendar.firstDay} to ${calendar.lastDay}${hasEnded ? '; it has ended, so its schedules are paused' : ', and more to come'}`],
    ['closed', `${calendar.closedWeekdays.map((weekday) => WEEKDAYS[weekday]).join(', ') || 'no weekday'}; other days without rows: ${some(calendar.closedDays)}`],
  ]);
}

function nextSteps(property: string, { calendar }: GuessedProperty, firstWeek: string): string[] {
  return ['Next (an Almanac that runs reads its configuration when it starts: stop and start it first)', `  npx almanac source check ${property}`, `  npx almanac backfill run ${property} --from ${calendar.firstDay} --to ${calendar.lastDay} --weeks`, `The first week that can be built is ${firstWeek}: people must have been seen for a while, and then the horizon must have passed.`];
}
