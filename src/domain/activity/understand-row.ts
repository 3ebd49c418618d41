import { columnsOf, type ColumnMap } from './column-map.ts';
import { decimalOf } from './decimal.ts';
import { compileTimeFormat } from './time-format.ts';
import type { ActivityEvent } from './event.ts';
import type { InstantUs } from '../calendar/day.ts';

/** A row's cells by the order of `columns`; null where the row has no such field. */
export type Cells = readonly (string | null)[];

export type Understood =
  | { readonly kind: 'event'; readonly event: ActivityEvent }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'rejected'; readonly reason: string };

export interface RowRule {
  /** The columns whose cells the rule is given, in order. */
  readonly columns: readonly string[];
  /** An event inside [from, to), a row without a person, or why it is neither. Reasons name columns, never values: a value may be personal. */
  understand(cells: Cells, from: InstantUs, to: InstantUs): Understood;
  /** The row's time alone, null when it cannot be understood. */
  timeOf(cells: Cells): InstantUs | null;
}

/** Characters of a person's id. */
export const longestKeyLength = 1024;

/** The rule that a column map states for one time zone. */
export function compileRowRule(map: ColumnMap, timeZone: string): RowRule {
  const columns = columnsOf(map);
  const at = (column: string): number => columns.indexOf(column);
  const readTime = compileTimeFormat(map.time.format, timeZone);
  const timeAt = at(map.time.column);
  const userAt = at(map.user.column);
  const groupAt = map.group ? at(map.group.column) : -1;
  const nameOf = compileName(map, at);
  const valueOf = compileValue(map, at);

  const timeOf = (cells: Cells): InstantUs | null => readTime((cells[timeAt] ?? '').trim());
  const understand: RowRule['understand'] = (cells, from, to) => {
    const timeUs = timeOf(cells);
    if (timeUs === null) return rejected(`${map.time.column} is not a time of the form ${map.time.format}`);
    if (timeUs < from || timeUs >= to) return rejected(`${map.time.column} is outside the day`);
    const user = userOf(cells[userAt] ?? '', map.user.as ?? 'text');
    if (user === '') return { kind: 'anonymous' };
    if (user === null) return rejected(`${map.user.column} is not a whole number`);
    if (user.length > longestKeyLength) return rejected(`${map.user.column} is longer than ${longestKeyLength} characters`);
    const value = valueOf(cells);
    if (typeof value === 'string') return rejected(`${value} is not a number`);
    const name = nameOf(cells);
    if (name === '') return rejected(`${'column' in map.name ? map.name.column : 'name'} is blank, so the event has no name`);
    return { kind: 'event', event: { user, timeUs, name, value, group: groupAt < 0 ? null : (cells[groupAt] ?? '').trim() || null } };
  };
  return { columns, understand, timeOf };
}

function rejected(reason: string): Understood {
  return { kind: 'rejected', reason };
}

/** The person's id; '' for nobody, null when it is not of the kind asked for. */
function userOf(cell: string, as: 'text' | 'integer'): string | null {
  const text = cell.trim();
  if (as === 'text' || text === '') return text;
  const match = /^(\d+)(?:\.0*)?$/.exec(text);
  return match?.[1] ? match[1].replace(/^0+(?=\d)/, '') : null;
}

function compileName({ name }: ColumnMap, at: (column: string) => number): (cells: Cells) => string {
  if ('constant' in name) return () => name.constant;
  const column = at(name.column);
  if (!('startsWith' in name)) return (cells) => (cells[column] ?? '').trim();
  // The longest beginning wins, whatever the order in the configuration.
  const starts = Object.entries(name.startsWith).sort(([a], [b]) => b.length - a.length);
  return (cells) => starts.find(([start]) => (cells[column] ?? '').startsWith(start))?.[1] ?? name.otherwise;
}

/** The event's value, null where there is none, or the name of the column that is not a number. */
function compileValue({ value }: ColumnMap, at: (column: string) => number): (cells: Cells) => number | null | string {
  if (!value) return () => null;
  const names = 'column' in value ? [value.column] : value.multiply;
  const places = names.map(at);
  return (cells) => {
    let product = 1;
    for (let index = 0; index < places.length; index += 1) {
      const number = decimalOf((cells[places[index] as number] ?? '').trim());
      if (number === null) return null;
      if (!Number.isFinite(number)) return names[index] as string;
      product *= number;
    }
    return Number.isFinite(product) ? product : (names[0] as string);
  };
}
