import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hashJson } from '../../src/domain/hash.ts';
import type { Cassandra } from '../../src/stores/cassandra/connection.ts';

/**
 * The one list of what two equal stores may differ in: columns that record when something happened, and tables of
 * secrets. Whatever is not named here is compared.
 */
const LEFT_OUT: Readonly<Record<string, { readonly columns: readonly string[] | 'all'; readonly because: string }>> = {
  api_keys: { columns: 'all', because: 'keys are random; that each opens its week is asked for from outside' },
  releases: { columns: ['since_at', 'retired_at', 'stale_at', 'live_at', 'refused_at'], because: 'when a person or the clock moved the week' },
  stage_manifests: { columns: ['finished_at'], because: 'when the stage ended' },
  audit: { columns: ['at'], because: 'when it was done' },
  rollup_copies: { columns: ['request', 'opened_at', 'verified_at', 'dropped_at'], because: 'which run of the server made the copy, and when' },
  rollup_live_copies: { columns: ['since'], because: 'when readers turned to the copy' },
};
const PAGE_ROWS = 2000;
const DIFFERENCES_SHOWN = 12;

type Row = Readonly<Record<string, string>>;

/** Every row of every table by its primary key, and the hash of every artifact by its name. */
export interface Dump {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly artifacts: ReadonlyMap<string, string>;
}

interface Column {
  readonly name: string;
  readonly isKey: boolean;
}

/** Everything that is kept of one stack: `SELECT *` of every table of the keyspace, and the artifacts of its folder. */
export async function dumpOf({ cassandra, artifacts }: { cassandra: Cassandra; artifacts: string }): Promise<Dump> {
  const tables = new Map<string, ReadonlyMap<string, Row>>();
  for (const [table, columns] of await tablesOf(cassandra)) {
    const leftOut = LEFT_OUT[table]?.columns ?? [];
    if (leftOut === 'all') continue;
    const unknown = leftOut.filter((name) => !columns.some((column) => column.name === name));
    if (unknown.length > 0) throw new Error(`the list of columns left out names ${unknown.join(', ')} of ${table}, which it does not have`);
    tables.set(table, await rowsOf(cassandra, table, columns.filter(({ name }) => !leftOut.includes(name))));
  }
  return { tables, artifacts: artifactsIn(artifacts) };
}

/** One hash a table and one of all artifacts, each over its ordered rows. */
export function hashesOf({ tables, artifacts }: Dump): Record<string, string> {
  const named = [...tables].sort(byKey).map(([table, rows]) => [table, `${rows.size} rows ${hashJson([...rows])}`]);
  return { ...Object.fromEntries(named), artifacts: `${artifacts.size} files ${hashJson([...artifacts])}` };
}

/** Of every table that has the column, the rows with this text in it, named for none: what two of them have can be compared. */
export function rowsHaving({ tables }: Dump, column: string, text: string): Dump {
  const [value, blank] = [JSON.stringify(text), JSON.stringify('')];
  const having = [...tables].flatMap(([table, rows]) => {
    const found = [...rows].filter(([, row]) => row[column] === value).map(([key, row]): [string, Row] => [key.replace(`${column}=${value}`, `${column}=${blank}`), { ...row, [column]: blank }]);
    return found.length === 0 ? [] : [[table, new Map(found)] as const];
  });
  return { tables: new Map(having), artifacts: new Map() };
}

/** Table, key and column of what differs, the first few of them; empty when the two are equal. */
export function differencesOf(expected: Dump, actual: Dump): string[] {
  const found: string[] = [];
  for (const table of union(expected.tables, actual.tables)) {
    const [left, right] = [expected.tables.get(table), actual.tables.get(table)];
    if (!left || !right) found.push(`table ${table}: only in the ${left ? 'first' : 'second'}`);
    else found.push(...rowDifferences(table, left, right));
  }
  for (const name of union(expected.artifacts, actual.artifacts)) {
    const [left, right] = [expected.artifacts.get(name), actual.artifacts.get(name)];
    if (left !== right) found.push(`artifact ${name}: ${left ?? 'not there'} ≠ ${right ?? 'not there'}`);
  }
  return found.length <= DIFFERENCES_SHOWN ? found : [...found.slice(0, DIFFERENCES_SHOWN), `… and ${found.length - DIFFERENCES_SHOWN} more`];
}

function rowDifferences(table: string, left: ReadonlyMap<string, Row>, right: ReadonlyMap<string, Row>): string[] {
  return union(left, right).flatMap((key) => {
    const [one, other] = [left.get(key), right.get(key)];
    if (!one || !other) return [`${table} (${key}): only in the ${one ? 'first' : 'second'}`];
    return Object.keys(one).filter((column) => one[column] !== other[column]).map((column) => `${table} (${key}) ${column}: ${short(one[column])} ≠ ${short(other[column])}`);
  });
}

async function tablesOf(cassandra: Cassandra): Promise<Map<string, Column[]>> {
  const { rows } = await cassandra.execute('SELECT table_name, column_name, kind FROM system_schema.columns WHERE keyspace_name = ?', [cassandra.keyspace], { prepare: false });
  const tables = new Map<string, Column[]>();
  for (const row of rows) {
    const table = String(row.table_name);
    const column = { name: String(row.column_name), isKey: row.kind === 'partition_key' || row.kind === 'clustering' };
    tables.set(table, [...(tables.get(table) ?? []), column]);
  }
  return tables;
}

async function rowsOf(cassandra: Cassandra, table: string, columns: readonly Column[]): Promise<ReadonlyMap<string, Row>> {
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name).sort();
  const rows: [string, Row][] = [];
  for await (const page of cassandra.pages(`SELECT * FROM ${cassandra.keyspace}.${table}`, [], { pageRows: PAGE_ROWS })) {
    for (const row of page) {
      const values = Object.fromEntries(columns.map(({ name }) => [name, textOf(row[name])]));
      rows.push([keys.map((name) => `${name}=${values[name]}`).join(', '), values]);
    }
  }
  return new Map(rows.sort(byKey));
}

/** Doubles as JSON prints them, which is exact; 64-bit numbers and times by their own text. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'object' && !Array.isArray(value) ? String(value) : JSON.stringify(value);
}

/** What is being written when a process dies stays in `incoming` and is nobody's artifact. */
function artifactsIn(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.parentPath.endsWith('/incoming'));
  const hashed = files.map(({ parentPath, name }): [string, string] => {
    const file = join(parentPath, name);
    return [file.slice(folder.length + 1), createHash('sha256').update(readFileSync(file)).digest('hex')];
  });
  return new Map(hashed.sort(byKey));
}

function union(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...left.keys(), ...right.keys()])].sort();
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function short(text = 'null'): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
