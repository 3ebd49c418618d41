import { bytesOf, type Ga4Row, type Value } from './ga4-schema.ts';
import { bytesOfRows, type Rows } from './seeded-rows.ts';
import type { TableField } from '../../src/domain/activity/ga4/wire-row.ts';

export interface ReadQuery {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly columns: readonly { readonly alias: string; readonly expression: string }[];
}

/** The one query that the export plug asks, taken apart; null for every other text. */
export function readDayQuery(sql: string): ReadQuery | null {
  const match = /^WITH picked AS \(\s*SELECT\s+([\s\S]+?)\s+FROM `([\w:.-]+)\.(\w+)\.(\w+)`\s*\)\s*SELECT\s+picked\.\*,\s+ROW_NUMBER\(\) OVER \(PARTITION BY ([\w, ]+) ORDER BY TO_JSON_STRING\(picked\)\) - 1 AS ordinal\s+FROM picked\s+ORDER BY ([\w, ]+), ordinal$/.exec(sql);
  const [, select = '', project = '', dataset = '', table = '', partition = '', order = ''] = match ?? [];
  if (!match || order !== partition.split(', ').map((column) => `${column} ASC NULLS FIRST`).join(', ')) return null;
  const columns = select.split(/,\n\s*/).map((line) => {
    const at = line.lastIndexOf(' AS ');
    return { expression: line.slice(0, at), alias: line.slice(at + 4) };
  });
  return { project, dataset, table, columns };
}

/** The answer over a table's rows: its schema, its rows in order, and the bytes of the columns that were touched. Throws with BigQuery's words for a column that is not there. */
export function answerDayQuery({ columns }: ReadQuery, fields: readonly TableField[], rows: Rows): { fields: TableField[]; rows: Rows; bytes: number } {
  const picks = columns.map(({ alias, expression }) => ({ alias, ...pickOf(expression, fields) }));
  const answered = (row: Ga4Row): Ga4Row => Object.fromEntries(picks.map(({ alias, of }) => [alias, of(row)]));
  const touched = [...new Set(picks.flatMap(({ path }) => (path === null ? [] : [path])))];
  return {
    fields: [...picks.map(({ alias, field }) => ({ ...field, name: alias })), { name: 'ordinal', type: 'INTEGER', mode: 'NULLABLE' }],
    rows: Array.isArray(rows) ? inOrder((rows as Ga4Row[]).map(answered)) : { length: rows.length, slice: (from, to) => rows.slice(from, to).map((row) => ({ ...answered(row), ordinal: 0 })) },
    bytes: bytesOfRows(rows, (row) => touched.reduce((sum, path) => sum + bytesOf(at(row, path)), 0)),
  };
}

function inOrder(rows: readonly Ga4Row[]): Ga4Row[] {
  const sorted = rows.map((row) => ({ row, key: keyOf(row), text: JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) })).sort((a, b) => compareKeys(a.key, b.key) || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  let ordinal = 0;
  return sorted.map(({ row, key }, index) => {
    const before = sorted[index - 1];
    ordinal = before && compareKeys(before.key, key) === 0 ? ordinal + 1 : 0;
    return { ...row, ordinal };
  });
}

function pickOf(expression: string, fields: readonly TableField[]): { path: string | null; field: TableField; of(row: Ga4Row): Value } {
  const nothing = /^CAST\(NULL AS (\w+)\)$/.exec(expression);
  if (nothing) return { path: null, field: { name: '', type: nothing[1] === 'INT64' ? 'INTEGER' : 'STRING' }, of: () => null };
  const params = /^ARRAY\(SELECT AS STRUCT param\.key, param\.value FROM UNNEST\(event_params\) AS param WITH OFFSET AS place WHERE param\.key IN \((.*)\) ORDER BY place\)$/.exec(expression);
  if (params) {
    const kept = new Set((params[1] ?? '').split(', ').map((name) => name.slice(1, -1)));
    return { path: 'event_params', field: fieldAt(fields, 'event_params'), of: (row) => ((row.event_params ?? []) as { key: string }[]).filter(({ key }) => kept.has(key)) as Value };
  }
  return { path: expression, field: fieldAt(fields, expression), of: (row) => at(row, expression) };
}

function fieldAt(fields: readonly TableField[], path: string): TableField {
  const [name = '', ...rest] = path.split('.');
  const field = fields.find((other) => other.name === name);
  if (!field) throw new Error(`Unrecognized name: ${name} at [3:5]`);
  return rest.length === 0 ? field : fieldAt(field.fields ?? [], rest.join('.'));
}

function at(row: Ga4Row, path: string): Value {
  return path.split('.').reduce<Value>((value, name) => (value as Ga4Row | null | undefined)?.[name], row);
}

type Key = readonly (bigint | Buffer | null)[];

function keyOf(row: Ga4Row): Key {
  return ['event_timestamp', 'event_name', 'user_pseudo_id', 'event_bundle_sequence_id', 'batch_event_index'].map((column) => {
    const value = row[column];
    if (value === null || value === undefined) return null;
    return typeof value === 'string' ? Buffer.from(value) : BigInt(value as number | bigint);
  });
}

/** Nulls first, texts by their bytes. */
function compareKeys(a: Key, b: Key): number {
  for (let column = 0; column < a.length; column += 1) {
    const [left, right] = [a[column] ?? null, b[column] ?? null];
    if (left === null || right === null) {
      if (left !== right) return left === null ? -1 : 1;
      continue;
    }
    const order = Buffer.isBuffer(left) && Buffer.isBuffer(right) ? Buffer.compare(left, right) : left < right ? -1 : left > right ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}
