import cassandraDriver from 'cassandra-driver';
import { applySchema, waitForAgreement } from './schema.ts';
import { createSeriesRows } from './series-rows.ts';
import { createSeriesStore } from './series-store.ts';
import { seriesTable, seriesTableOf } from './series-table.ts';
import { settle } from './settle.ts';
import type { CopyNote, SeriesCopies, SeriesStore } from '../../ports/series-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

const serially = cassandraDriver.types.consistencies.localSerial;

/** Copies by member in Cassandra: their numbers, their tables, and which of them is read. Its two tables are among `rollupTables`. */
export function createSeriesCopies(cassandra: Cassandra): SeriesStore & SeriesCopies {
  const liveOf = async (property: string, options = {}) => {
    const row = (await cassandra.execute('SELECT copy, since FROM rollup_live_copies WHERE property = ?', [property], options)).first();
    return row === null ? null : { copy: row.copy as number, sinceMs: Number(row.since) };
  };
  const readLive: SeriesCopies['readLive'] = (property) => liveOf(property);
  return {
    ...createSeriesRows(cassandra),
    ...createSeriesStore(cassandra, { readLive }),
    readLive,
    async openCopy(property, request, atMs) {
      let number = 0;
      await settle(`numbering a copy of ${property}`, async () => {
        const { rows } = await cassandra.execute('SELECT copy, request FROM rollup_copies WHERE property = ?', [property], { consistency: serially });
        const known = rows.find((row) => row.request === request);
        if (known) {
          number = known.copy as number;
          return 'applied';
        }
        number = Math.max(0, ...rows.map((row) => row.copy as number)) + 1;
        return cassandra.conditional('INSERT INTO rollup_copies (property, copy, request, opened_at) VALUES (?, ?, ?, ?) IF NOT EXISTS', [property, number, request, atMs]);
      });
      return number;
    },
    async listCopies(property) {
      return (await cassandra.execute('SELECT * FROM rollup_copies WHERE property = ?', [property])).rows.filter((row) => row.dropped_at === null).map(noteOf);
    },
    async turnTo({ property, copy }, { buckets, rows }, atMs) {
      let isRead = false;
      await cassandra.execute('UPDATE rollup_copies SET verified_at = ?, verified_buckets = ?, verified_rows = ? WHERE property = ? AND copy = ?', [atMs, buckets, rows, property, copy]);
      await settle(`readers of ${property} turn to copy ${copy}`, async () => {
        const live = await liveOf(property, { consistency: serially });
        isRead = live === null || live.copy <= copy;
        if (live !== null && live.copy >= copy) return 'applied';
        return live === null
          ? cassandra.conditional('INSERT INTO rollup_live_copies (property, copy, since) VALUES (?, ?, ?) IF NOT EXISTS', [property, copy, atMs])
          : cassandra.conditional('UPDATE rollup_live_copies SET copy = ?, since = ? WHERE property = ? IF copy = ?', [copy, atMs, property, live.copy]);
      });
      return isRead;
    },
    async ensureTable(key) {
      await applySchema(cassandra, [seriesTable(key)]);
    },
    async hasTable(key) {
      const query = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?';
      return (await cassandra.execute(query, [cassandra.keyspace, seriesTableOf(key)])).rows.length > 0;
    },
    async dropTable(key, atMs) {
      const table = seriesTableOf(key);
      await cassandra.execute(`DROP TABLE IF EXISTS ${table}`, [], { prepare: false });
      await waitForAgreement(cassandra, table);
      await cassandra.execute('UPDATE rollup_copies SET dropped_at = ? WHERE property = ? AND copy = ?', [atMs, key.property, key.copy]);
    },
  };
}

function noteOf(row: types.Row): CopyNote {
  const verified = row.verified_at === null ? null : { atMs: Number(row.verified_at), buckets: Number(row.verified_buckets), rows: Number(row.verified_rows) };
  return { property: row.property as string, copy: row.copy as number, openedAtMs: Number(row.opened_at), verified };
}
