import { parse } from 'csv-parse/sync';
import { Failure } from '../../../domain/failure.ts';

export interface TableShape {
  readonly format: 'csv' | 'ndjson';
  /** Of CSV: a character, or `whitespace`. */
  readonly delimiter: string | null;
  readonly columns: readonly string[];
  /** Cells of the first rows by the order of `columns`; '' where there is none. */
  readonly rows: readonly (readonly string[])[];
}

const DELIMITERS = [',', ';', '\t', '|'];
/** Lines that do not have as many fields as the header: this share of them is forgiven. */
const RAGGED_SHARE = 0.05;

/** What kind of table the first lines of a file are; fails with `bad-argument` saying what was seen and what is expected. Values are never quoted. */
export function guessShape(lines: readonly string[], file: string, given: { format?: 'csv' | 'ndjson'; delimiter?: string } = {}): TableShape {
  const filled = lines.filter((line) => line.trim() !== '');
  if (filled.length < 2) throw new Failure('bad-argument', `${file} has ${filled.length} lines with something in them; expected a header and rows, or one JSON object a line`);
  const format = given.format ?? (filled.every(isObject) ? 'ndjson' : 'csv');
  return format === 'ndjson' ? ofObjects(filled, file) : ofTable(filled, file, given.delimiter);
}

function ofObjects(lines: readonly string[], file: string): TableShape {
  if (!lines.every(isObject)) throw new Failure('bad-argument', `${file} is not one JSON object a line throughout its beginning; leave --format out, or correct the file`);
  const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const columns = [...new Set(objects.flatMap(Object.keys))];
  const cell = (value: unknown): string => (value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return { format: 'ndjson', delimiter: null, columns, rows: objects.map((object) => columns.map((column) => cell(object[column]))) };
}

function ofTable(lines: readonly string[], file: string, given: string | undefined): TableShape {
  const candidates = (given === undefined ? DELIMITERS : [given]).map((delimiter) => ({ delimiter, rows: cut(lines, delimiter) })).filter(({ rows }) => isEven(rows));
  // The delimiter that makes the most columns: a comma inside prices would make fewer, or uneven ones.
  const best = candidates.toSorted((a, b) => (b.rows[0]?.length ?? 0) - (a.rows[0]?.length ?? 0))[0] ?? spaced(lines, given);
  if (!best) {
    throw new Failure('bad-argument', `${file} does not look like a table: no ${given === undefined ? 'comma, semicolon, tab, bar or space' : `"${given}"`} divides its first ${lines.length} lines into equally many fields. Say --delimiter, or --format ndjson`);
  }
  const [header = [], ...rows] = best.rows;
  const columns = header.map((name) => name.trim());
  const odd = columns.findIndex((name) => name === '' || /^[-+\d.,:/ ]+$/.test(name));
  if (odd >= 0) throw new Failure('bad-argument', `the first line of ${file} is not a header: its field ${odd + 1} is ${columns[odd] === '' ? 'blank' : 'a number or a time'}. Put a line with a name for each column before it`);
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw new Failure('bad-argument', `${file} has two columns named "${twice}"; expected every name once`);
  return { format: 'csv', delimiter: best.delimiter, columns, rows: rows.filter((row) => row.length === columns.length) };
}

function cut(lines: readonly string[], delimiter: string): string[][] {
  try {
    return delimiter === 'whitespace' ? (spaced(lines, undefined)?.rows ?? []) : parse(lines.join('\n'), { delimiter, relax_quotes: true, relax_column_count: true, skip_empty_lines: true });
  } catch {
    return []; // not with this one
  }
}

function spaced(lines: readonly string[], given: string | undefined): { delimiter: string; rows: string[][] } | null {
  if (given !== undefined && given !== 'whitespace') return null;
  const rows = lines.map((line) => line.trim().split(/[ \t]+/));
  return isEven(rows) ? { delimiter: 'whitespace', rows } : null;
}

function isEven(rows: readonly (readonly string[])[]): boolean {
  const width = rows[0]?.length ?? 0;
  return width >= 2 && rows.filter((row) => row.length !== width).length <= rows.length * RAGGED_SHARE;
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
