import { decimalOf } from '../decimal.ts';
import { textProblem } from '../text-problem.ts';
import { longestKeyLength, type Understood } from '../understand-row.ts';
import { compareUsers } from '../user-order.ts';
import { aliasOf, identityColumns, type ExportMap } from './export-map.ts';
import { settlingHours } from './choose-table.ts';
import type { InstantUs } from '../../calendar/day.ts';
import type { Cell, TableRow } from './wire-row.ts';

/** A day of the export: the date that its rows carry, and its first and last instant. */
export interface ExportDay {
  /** `20260103` */
  readonly date: string;
  readonly startUs: InstantUs;
  readonly endUs: InstantUs;
}

/**
 * A row that the day's query gave as an event, a row without a person, or why it is neither (reasons name columns, never
 * values). The table says the day: Google sorts events by the property's zone, and clocks of visitors are wrong. A time
 * that is further outside the day than late events may come is not believed.
 */
export function understandExported(row: TableRow, payload: string, day: ExportDay, map: ExportMap): Understood {
  const problem = textProblem(payload, () => row);
  if (problem) return rejected(problem);
  if (row.event_date !== day.date) return rejected('event_date is not the day of the table');
  const timeUs = row.event_timestamp;
  if (typeof timeUs !== 'number') return rejected('event_timestamp is not a time in microseconds');
  const toleranceUs = settlingHours * 3_600_000_000;
  if (timeUs < day.startUs - toleranceUs || timeUs >= day.endUs + toleranceUs) return rejected(`event_timestamp is more than ${settlingHours} hours outside the day`);
  const user = String(row[map.person] ?? '').trim();
  if (user === '') return { kind: 'anonymous' };
  if (user.length > longestKeyLength) return rejected(`${map.person} is longer than ${longestKeyLength} characters`);
  const name = String(row.event_name ?? '').trim();
  if (name === '') return rejected('event_name is blank');
  const value = valueOf(row, map);
  if (Number.isNaN(value)) return rejected(`${'param' in map.value ? `parameter ${map.value.param}` : map.value.column} is not a number`);
  const group = paramOf(row, map.session);
  return { kind: 'event', event: { user, timeUs, name, value, group: group === undefined ? null : String(group).trim() || null } };
}

/** The text that names an event inside its day; rows with equal ones are told apart by their ordinal. */
export function identityOf(row: TableRow): string {
  return JSON.stringify(identityColumns.map((column) => row[column] ?? null));
}

/** The value of a parameter, whichever of its typed columns holds it: Google decides the type row by row. Undefined when the row has none. */
export function paramOf(row: TableRow, key: string): string | number | undefined {
  const params = row.event_params;
  if (!Array.isArray(params)) return undefined;
  const found = params.find((param: Cell) => (param as { key?: Cell }).key === key) as { value?: { readonly [type: string]: Cell } } | undefined;
  const value = found?.value?.string_value ?? found?.value?.int_value ?? found?.value?.double_value ?? found?.value?.float_value;
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Below 0 when `a` comes before `b` in the order of the day's query, 0 when they are the same row. */
export function compareExported(a: TableRow, b: TableRow): number {
  for (const column of [...identityColumns, 'ordinal']) {
    const order = compareCells(a[column], b[column], column === 'event_name' || column === 'user_pseudo_id');
    if (order !== 0) return order;
  }
  return 0;
}

/** Nulls first; numbers as numbers, also those that are text because they are beyond 2^53. */
function compareCells(a: Cell | undefined, b: Cell | undefined, isText: boolean): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  if (isText) return compareUsers(a as string, b as string);
  return BigInt(a as string | number) < BigInt(b as string | number) ? -1 : 1;
}

function valueOf(row: TableRow, map: ExportMap): number | null {
  const value = 'param' in map.value ? paramOf(row, map.value.param) : row[aliasOf(map.value.column)];
  if (value === undefined) return null;
  const number = typeof value === 'number' ? value : decimalOf(String(value).trim());
  return number === null || Number.isFinite(number) ? number : Number.NaN;
}

function rejected(reason: string): Understood {
  return { kind: 'rejected', reason };
}
