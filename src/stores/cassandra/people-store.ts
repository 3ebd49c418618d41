import { parseWeek, tableSuffixOf, type Week } from '../../domain/calendar/week.ts';
import { applySchema, waitForAgreement } from './schema.ts';
import { eachInFlight } from './in-flight.ts';
import type { Cassandra, Statement } from './connection.ts';
import type { KindRow, PeopleStore, ScoredRow, VeteranRow } from '../../ports/people-store.ts';
import type { types } from 'cassandra-driver';

/** `people_kinds`, `veteran_users` and `cohort_scores`; the tables of recent people are made week by week. */
export const peopleTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS people_kinds (
    property text, week text, revision int, shard int, user text, kind int,
    PRIMARY KEY ((property, week, revision, shard), user))`,
  `CREATE TABLE IF NOT EXISTS veteran_users (
    property text, week text, revision int, shard int, user text, snapshot_week text,
    feature_list_version int, features frozen<list<double>>, label text, trains boolean,
    PRIMARY KEY ((property, week, revision, shard), user, snapshot_week))`,
  `CREATE TABLE IF NOT EXISTS cohort_scores (
    property text, cohort text, shard int, user text,
    features frozen<list<double>>, prediction double, decile int,
    PRIMARY KEY ((property, cohort, shard), user))`,
];

const PAGE_ROWS = 500;
const IN_FLIGHT = 16;
/**
 * A batch is inside one partition, and waits for the commit log like a single row: few large ones are what counts. The
 * server refuses more than 50 KiB.
 */
const BATCH_ROWS = 100;
const BATCH_BYTES = 32 * 1024;
const WEEK_TABLE = /^recent_users_\d{4}_(0[1-9]|[1-4]\d|5[0-3])$/;

/** PLUG: people by week in Cassandra. Every row's key is (shard, user[, snapshot]): a repeated write changes nothing. */
export function createPeopleStore({ cassandra }: { cassandra: Cassandra }): PeopleStore {
  const write = (rows: Iterable<Statement>) => eachInFlight(batchesOf(rows), IN_FLIGHT, (batch) => cassandra.batch(batch));

  const listWeekTables: PeopleStore['listWeekTables'] = async () => {
    const { rows } = await cassandra.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [cassandra.keyspace]);
    const names = rows.map((row) => String(row.table_name)).filter((name) => WEEK_TABLE.test(name));
    return names.map((name) => name.slice('recent_users_'.length).replace('_', '-W')).sort();
  };

  return {
    async ensureWeekTable(week) {
      await applySchema(cassandra, [
        `CREATE TABLE IF NOT EXISTS ${tableOf(week)} (
          property text, revision int, shard int, user text,
          feature_list_version int, features frozen<list<double>>, prediction double, decile int,
          PRIMARY KEY ((property, revision, shard), user))`,
      ]);
    },
    async dropWeekTable(week) {
      await cassandra.execute(`DROP TABLE IF EXISTS ${tableOf(week)}`, [], { prepare: false });
      await waitForAgreement(cassandra, tableOf(week));
    },
    listWeekTables,

    writeKinds({ property, week, revision, shard }, rows) {
      const query = 'INSERT INTO people_kinds (property, week, revision, shard, user, kind) VALUES (?, ?, ?, ?, ?, ?)';
      return write(rows.map(({ user, kind }) => ({ query, params: [property, week, revision, shard, user, kind] })));
    },
    async *readKinds({ property, week, revision, shard }) {
      const query = 'SELECT user, kind FROM people_kinds WHERE property = ? AND week = ? AND revision = ? AND shard = ?';
      for await (const page of cassandra.pages(query, [property, week, revision, shard], { pageRows: PAGE_ROWS })) yield* page.map((row): KindRow => ({ user: String(row.user), kind: row.kind as KindRow['kind'] }));
    },
    writeVeterans({ property, week, revision, shard }, featureListVersion, rows) {
      const query = 'INSERT INTO veteran_users (property, week, revision, shard, user, snapshot_week, feature_list_version, features, label, trains) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
      return write(rows.map((row) => ({ query, params: [property, week, revision, shard, row.user, row.snapshotWeek, featureListVersion, row.features, row.label, row.trains] })));
    },
    async *readVeterans({ property, week, revision, shard }) {
      const query = 'SELECT user, snapshot_week, features, label, trains FROM veteran_users WHERE property = ? AND week = ? AND revision = ? AND shard = ?';
      for await (const page of cassandra.pages(query, [property, week, revision, shard], { pageRows: PAGE_ROWS })) yield* page.map(veteranOf);
    },
    writeRecent({ property, week, revision, shard }, featureListVersion, rows) {
      const query = `INSERT INTO ${tableOf(week)} (property, revision, shard, user, feature_list_version, features) VALUES (?, ?, ?, ?, ?, ?)`;
      return write(rows.map((row) => ({ query, params: [property, revision, shard, row.user, featureListVersion, row.features] })));
    },
    async *readRecent({ property, week, revision, shard }, afterUser = '') {
      const query = `SELECT user, features FROM ${tableOf(week)} WHERE property = ? AND revision = ? AND shard = ? AND user > ?`;
      for await (const page of cassandra.pages(query, [property, revision, shard, afterUser], { pageRows: PAGE_ROWS })) {
        yield* page.map((row) => ({ user: String(row.user), features: row.features as number[] }));
      }
    },
    writeScores({ property, week, revision, shard }, featureListVersion, rows) {
      const query = `INSERT INTO ${tableOf(week)} (property, revision, shard, user, feature_list_version, features, prediction, decile) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
      return write(rows.map((row) => ({ query, params: [property, revision, shard, row.user, featureListVersion, row.features, row.prediction, row.decile] })));
    },
    async readScore({ property, week, revision, shard }, user) {
      const query = `SELECT user, features, prediction, decile FROM ${tableOf(week)} WHERE property = ? AND revision = ? AND shard = ? AND user = ?`;
      const row = (await cassandra.execute(query, [property, revision, shard, user])).first();
      return row ? scoredOf(row) : null;
    },
    async *readScores({ property, week, revision, shard }) {
      const query = `SELECT user, features, prediction, decile FROM ${tableOf(week)} WHERE property = ? AND revision = ? AND shard = ?`;
      for await (const page of cassandra.pages(query, [property, revision, shard], { pageRows: PAGE_ROWS })) yield* scoredRows(page);
    },
    async pageScores({ property, week, revision, shard }, { afterUser = '', limit }) {
      const query = `SELECT user, features, prediction, decile FROM ${tableOf(week)} WHERE property = ? AND revision = ? AND shard = ? AND user > ? LIMIT ?`;
      return scoredRows((await cassandra.execute(query, [property, revision, shard, afterUser, limit], { fetchSize: limit })).rows);
    },
    async clearWeek({ property, week, revisions, shardCount }) {
      const hasTable = (await listWeekTables()).includes(week);
      for (const revision of revisions) {
        for (let shard = 0; shard < shardCount; shard += 1) {
          await cassandra.execute('DELETE FROM people_kinds WHERE property = ? AND week = ? AND revision = ? AND shard = ?', [property, week, revision, shard]);
          await cassandra.execute('DELETE FROM veteran_users WHERE property = ? AND week = ? AND revision = ? AND shard = ?', [property, week, revision, shard]);
          if (hasTable) await cassandra.execute(`DELETE FROM ${tableOf(week)} WHERE property = ? AND revision = ? AND shard = ?`, [property, revision, shard]);
        }
      }
    },
    async hasRows(week) {
      return (await cassandra.execute(`SELECT property FROM ${tableOf(week)} LIMIT 1`)).rowLength > 0;
    },

    // The run's own time decides and not the time of the call: so no order of late and repeated calls can mix two runs.
    async clearCohort({ property, cohort, shardCount, runUs }) {
      const query = 'DELETE FROM cohort_scores USING TIMESTAMP ? WHERE property = ? AND cohort = ? AND shard = ?';
      await eachInFlight(Array.from({ length: shardCount }, (_, shard) => shard), IN_FLIGHT, async (shard) => void (await cassandra.execute(query, [runUs - 1, property, cohort, shard])));
    },
    writeCohortScores({ property, cohort, shard, runUs }, rows) {
      const query = 'INSERT INTO cohort_scores (property, cohort, shard, user, features, prediction, decile) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?';
      return write(rows.map((row) => ({ query, params: [property, cohort, shard, row.user, row.features, row.prediction, row.decile, runUs] })));
    },
    async *readCohortScores({ property, cohort, shard }) {
      const query = 'SELECT user, features, prediction, decile FROM cohort_scores WHERE property = ? AND cohort = ? AND shard = ?';
      for await (const page of cassandra.pages(query, [property, cohort, shard], { pageRows: PAGE_ROWS })) yield* scoredRows(page);
    },
  };
}

const knownTables = new Map<Week, string>();

/** The week's physical table. The name is built from a checked week and matched again, for it cannot be a parameter. */
function tableOf(week: Week): string {
  const known = knownTables.get(week);
  if (known !== undefined) return known;
  const name = `recent_users_${tableSuffixOf(parseWeek(week))}`;
  if (!WEEK_TABLE.test(name)) throw new RangeError(`"${week}" gives no table name`);
  // Lookups come thousands a second for a handful of weeks, and checking a week costs a tenth of one.
  if (knownTables.size < 1000) knownTables.set(week, name);
  return name;
}

function* batchesOf(rows: Iterable<Statement>): Generator<Statement[]> {
  let batch: Statement[] = [];
  let bytes = 0;
  for (const row of rows) {
    const own = sizeOf(row);
    if (batch.length > 0 && (batch.length === BATCH_ROWS || bytes + own > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += own;
  }
  if (batch.length > 0) yield batch;
}

/** Bytes of a statement's values, nearly: a number of a list is eight and its length four. */
function sizeOf({ params }: Statement): number {
  return params.reduce<number>((bytes, value) => bytes + (typeof value === 'string' ? Buffer.byteLength(value) : Array.isArray(value) ? value.length * 12 : 8), 0);
}

function veteranOf(row: types.Row): VeteranRow {
  return { user: String(row.user), snapshotWeek: String(row.snapshot_week), features: row.features as number[], label: row.label as VeteranRow['label'], trains: Boolean(row.trains) };
}

/** Rows without a prediction are people not yet scored: they are not served. */
function scoredRows(rows: readonly types.Row[]): ScoredRow[] {
  return rows.flatMap((row) => scoredOf(row) ?? []);
}

function scoredOf(row: types.Row): ScoredRow | null {
  if (row.prediction === null || row.prediction === undefined) return null;
  return { user: String(row.user), features: row.features as number[], prediction: Number(row.prediction), decile: Number(row.decile) };
}

