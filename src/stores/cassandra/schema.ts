import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import type { Cassandra } from './connection.ts';

const agreementTimeoutMs = 60_000;

/**
 * Applies `CREATE TABLE IF NOT EXISTS name (…)` statements one at a time, waiting for schema agreement after each. A table
 * that is there gets the columns that were added to its statement since.
 * Several processes may do it at once: a table's id is made from keyspace and name, so two creations that race on two
 * nodes create the same table and not two of the same name.
 */
export async function applySchema(cassandra: Cassandra, statements: readonly string[]): Promise<void> {
  const known = await cassandra.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [cassandra.keyspace]);
  const names = new Set(known.rows.map((row) => row.table_name as string));
  const columns = await cassandra.execute('SELECT table_name, column_name FROM system_schema.columns WHERE keyspace_name = ?', [cassandra.keyspace]);
  const present = new Set(columns.rows.map((row) => `${row.table_name as string}.${row.column_name as string}`));
  for (const statement of statements) {
    const name = tableOf(statement);
    if (names.has(name)) {
      for (const { column, type } of columnsOf(statement).filter((each) => !present.has(`${name}.${each.column}`))) {
        await cassandra.execute(`ALTER TABLE ${name} ADD IF NOT EXISTS ${column} ${type}`, [], { prepare: false, isIdempotent: true });
        await waitForAgreement(cassandra, name);
      }
      continue;
    }
    await cassandra.execute(withDeterministicId(statement, cassandra.keyspace, name), [], { prepare: false, isIdempotent: true });
    await waitForAgreement(cassandra, name);
  }
}

/** Waits until every node has the same schema; fails with `store-unavailable` after a minute. */
export async function waitForAgreement(cassandra: Cassandra, subject: string): Promise<void> {
  const deadline = Date.now() + agreementTimeoutMs;
  // Documented and public; the driver's own types leave it out.
  const metadata = cassandra.client.metadata as unknown as { checkSchemaAgreement(): Promise<boolean> };
  while (!(await metadata.checkSchemaAgreement())) {
    if (Date.now() > deadline) throw new Failure('store-unavailable', `the nodes of Cassandra do not agree on the schema 60 s after creating ${subject}`, { isFinal: false });
    await sleep(200);
  }
}

function tableOf(statement: string): string {
  const match = /^\s*CREATE TABLE IF NOT EXISTS ([a-z][a-z0-9_]*)\s*\(/.exec(statement);
  if (!match?.[1]) throw new RangeError(`expected "CREATE TABLE IF NOT EXISTS name (…)", got "${statement.trim().slice(0, 60)}…"`);
  return match[1];
}

/** The columns of a statement; types without spaces. */
function columnsOf(statement: string): { column: string; type: string }[] {
  return [...statement.slice(statement.indexOf('(')).matchAll(/([a-z][a-z0-9_]*) ([a-z]+(?:<[a-z<>]*>)?)\s*,/g)].map(([, column = '', type = '']) => ({ column, type }));
}

function withDeterministicId(statement: string, keyspace: string, name: string): string {
  if (/\bWITH\s+(.*\bAND\s+)?ID\s*=/i.test(statement)) return statement;
  const hex = createHash('sha256').update(`almanac table ${keyspace}.${name}`).digest('hex');
  // A table id must be a version 1 to 5 UUID: 5 is the one for names.
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return `${statement.trim().replace(/;$/, '')} ${/\)\s*WITH\s/i.test(statement) ? 'AND' : 'WITH'} ID = ${id}`;
}
