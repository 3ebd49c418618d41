import { compileTimeFormat } from '../../../domain/activity/time-format.ts';
import { Failure } from '../../../domain/failure.ts';
import type { TableShape } from './table-shape.ts';

/** One way to read the time: a column and a format that fits its first rows. */
export interface TimeCandidate {
  readonly column: string;
  readonly format: string;
}

const DATES = ['YYYY/MM/DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD.MM.YYYY', 'DD-MM-YYYY', 'MM-DD-YYYY', 'D/M/YYYY', 'M/D/YYYY', 'D.M.YYYY'];
const CLOCKS = ['', ' H:mm', ' H:mm:ss', ' h:mm A', ' h:mm:ss A', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS', 'THH:mm:ss'];
const PATTERNS = ['iso', ...DATES.flatMap((date) => CLOCKS.map((clock) => date + clock)), 'YYYY-MM-DD HH:mm:ss.SSS UTC'];
/** Numbers alone could be anything, so these need a column that is named like a time. */
const NUMERIC = ['YYYYMMDD', 'YYYYMMDDHHmmss', 'epoch-seconds', 'epoch-millis', 'epoch-micros'];
const NAMED_LIKE_TIME = /(^|[_\s-]|[a-z](?=[A-Z]))(time|timestamp|datetime|date|day|ts|when|occurred|created|at)($|[_\s-]|[A-Z])|(time|timestamp|date)(_?utc)?$/i;
const FITS = 0.95;
/** 2000-01-01 and 2100-01-01. */
const [EARLIEST_US, LATEST_US] = [946_684_800_000_000, 4_102_444_800_000_000];

/**
 * Every column and format that fits the first rows, of the columns that are most like a time; more than one only where
 * the first rows cannot tell (day and month). Fails with `bad-argument` where there is none, or two columns.
 */
export function guessTime({ columns, rows }: TableShape, file: string, given: { column?: string; format?: string }): TimeCandidate[] {
  if (given.column !== undefined && !columns.includes(given.column)) throw noColumn('--time-column', given.column, columns, file);
  const fitting = (given.column === undefined ? columns : [given.column]).flatMap((column) => {
    const cells = rows.map((row) => (row[columns.indexOf(column)] ?? '').trim()).filter((cell) => cell !== '');
    const formats = given.format === undefined ? [...PATTERNS, ...(given.column !== undefined || NAMED_LIKE_TIME.test(column) ? NUMERIC : [])] : [given.format];
    return formats.filter((format) => fits(cells, format)).map((format) => ({ column, format }));
  });
  const candidates = fitting.filter(({ column, format }) => !fitting.some((other) => other.column === column && loosest(other.format) === loosest(format) && other.format.length > format.length));
  const found = [...new Set(candidates.map(({ column }) => column))];
  if (found.length === 0) throw new Failure('bad-argument', `no column of ${file} holds a time that Almanac knows${hint(columns, rows)}. It has ${quoted(columns)}. Say --time-column and --time-format: iso, epoch-seconds, epoch-millis, or a pattern such as "DD/MM/YYYY HH:mm"`);
  const named = found.filter((column) => NAMED_LIKE_TIME.test(column));
  const chosen = found.length === 1 ? found : named;
  if (chosen.length !== 1) throw new Failure('bad-argument', `${file} has several columns with a time: ${quoted(chosen.length === 0 ? found : chosen)}. Say which one tells when it happened: --time-column`);
  return candidates.filter(({ column }) => column === chosen[0]);
}

function fits(cells: readonly string[], format: string): boolean {
  const read = compileTimeFormat(format, 'UTC');
  const good = cells.filter((cell) => {
    const timeUs = read(cell);
    return timeUs !== null && timeUs >= EARLIEST_US && timeUs < LATEST_US;
  });
  return cells.length > 0 && good.length >= cells.length * FITS;
}

/** `DD/MM/YYYY HH:mm` and `D/M/YYYY H:mm` say the same of padded text: the longer one is kept. */
function loosest(format: string): string {
  return format.replace(/M+/g, 'M').replace(/D+/g, 'D').replace(/H+/g, 'H');
}

/** A common sight that the formats cannot read: `1/2/11 8:26`. */
function hint(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const unpadded = columns.find((_, at) => rows.length > 0 && rows.every((row) => /^\d{1,2}[/.-]\d{1,2}[/.-]\d{2}( \d{1,2}:\d{2}(:\d{2})?( ?[AP]M)?)?$/i.test(row[at] ?? '')));
  return unpadded === undefined ? '' : ` ("${unpadded}" looks like one, with two digits for the year: write 1/2/2011 8:26, or better 2011-02-01 08:26)`;
}

export function noColumn(option: string, column: string, columns: readonly string[], file: string): Failure {
  return new Failure('bad-argument', `${option}: ${file} has no column "${column}"; it has ${quoted(columns)}`);
}

export function quoted(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}
