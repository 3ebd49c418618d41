import { compileTimeFormat } from '../../../domain/activity/time-format.ts';
import { dayOf, type Day } from '../../../domain/calendar/day.ts';
import { Failure } from '../../../domain/failure.ts';
import { guessRoles, type GivenRoles } from './column-roles.ts';
import { guessCalendar, hasEnded, type GuessedCalendar } from './days.ts';
import { findFiles, headOf, readTimes, type FilesFound } from './read-files.ts';
import { guessShape, type TableShape } from './table-shape.ts';
import { guessTime, type TimeCandidate } from './time-column.ts';
import type { ColumnMap } from '../../../domain/activity/column-map.ts';

export interface GivenProperty {
  readonly file: string;
  readonly timeZone: string;
  readonly today: Day;
  readonly format?: 'csv' | 'ndjson';
  readonly delimiter?: string;
  readonly timeColumn?: string;
  readonly timeFormat?: string;
  readonly roles: GivenRoles;
  readonly calendar: { readonly firstDay?: Day; readonly lastDay?: Day; readonly closedWeekdays?: readonly number[] };
}

export interface GuessedProperty {
  readonly files: FilesFound;
  readonly shape: TableShape;
  readonly columns: ColumnMap;
  readonly calendar: GuessedCalendar;
  readonly hasEnded: boolean;
  readonly rows: number;
  readonly understood: number;
  /** Remarks for people. */
  readonly notes: readonly string[];
}

/** Rows whose time is not understood: past this share the guess is no guess. */
const NOT_UNDERSTOOD = 0.05;

/** Everything about a property that its files tell; fails with `bad-argument` naming what they do not, and the option that says it. */
export async function guessProperty(given: GivenProperty): Promise<GuessedProperty> {
  const files = findFiles(given.file);
  if (given.timeFormat !== undefined) compileTimeFormat(given.timeFormat, given.timeZone); // fails by naming the formats
  const shape = guessShape(await headOf(files.paths.at(-1)!), given.file, { format: given.format, delimiter: given.delimiter }); // there is at least one
  const candidates = guessTime(shape, given.file, { column: given.timeColumn, format: given.timeFormat });
  const { rows, times } = await readTimes(files, shape, candidates, given.timeZone);
  const time = chooseTime(times, rows, given.file);
  const { map, notes } = guessRoles(shape, { column: time.column, format: time.format }, given.file, given.roles);
  const calendar = guessCalendar(files.isDaily ? new Set(files.days) : time.days, given.calendar);
  const isOver = given.calendar.lastDay !== undefined || hasEnded(calendar.lastDay, given.today);
  return { files, shape, columns: map, calendar, hasEnded: isOver, rows, understood: time.understood, notes };
}

/** The format that understands the most rows; day and month stay unknown where both orders understand all of them. */
function chooseTime<Read extends TimeCandidate & { readonly understood: number }>(times: readonly Read[], rows: number, file: string): Read {
  const most = Math.max(...times.map(({ understood }) => understood));
  const best = times.filter(({ understood }) => understood === most);
  const [first] = best;
  if (!first || most < rows * (1 - NOT_UNDERSTOOD)) throw new Failure('bad-argument', `${rows - most} of ${rows} rows of ${file} have a "${first?.column}" that is not a time of the form ${first?.format}; expected nearly all. Correct the file, or say --time-column and --time-format`);
  if (best.length > 1) throw new Failure('bad-argument', `"${first.column}" of ${file} can be read as ${best.map(({ format }) => `"${format}"`).join(' or ')}: every row fits both. Say --time-format`);
  return first;
}

/** Today in a time zone. */
export function todayIn(timeZone: string): Day {
  return dayOf(Date.now() * 1000, timeZone);
}
