import { periodsIn } from '../../domain/rollup/series-copy.ts';
import { eachInFlight } from './in-flight.ts';
import { seriesFigures, seriesRowOf, seriesTableOf } from './series-table.ts';
import type { Second } from '../../domain/rollup/bucket-name.ts';
import type { CopyKey, SeriesBucket, SeriesCopies, SeriesQuestion, SeriesStore } from '../../ports/series-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

const pageRows = 5000;
const periodsInFlight = 8;
/** As often as copies may be replaced while one question is answered. */
const attempts = 5;
const ofPeriod = 'level = ? AND member = ? AND period = ?';

/** Series of members from the copy that is live in Cassandra. */
export function createSeriesStore(cassandra: Cassandra, { readLive }: Pick<SeriesCopies, 'readLive'>): SeriesStore {
  return {
    async readSeries(question) {
      const { property } = question;
      for (let attempt = 1; ; attempt += 1) {
        const live = await readLive(property);
        if (live === null) return null;
        try {
          return await readCopy(cassandra, { property, copy: live.copy }, question);
        } catch (error) {
          // Its table may be gone because another took its place meanwhile: then nothing is wrong.
          if (attempt === attempts || (await readLive(property))?.copy === live.copy) throw error;
        }
      }
    },
  };
}

async function readCopy(cassandra: Cassandra, key: CopyKey, { level, member, span }: SeriesQuestion): Promise<SeriesBucket[]> {
  if (member === '') return [];
  const select = `SELECT start, bucket, platform, revision, ${seriesFigures.join(', ')} FROM ${seriesTableOf(key)} WHERE ${ofPeriod}`;
  const found: SeriesBucket[][] = [];
  await eachInFlight(periodsIn(level, span).entries(), periodsInFlight, async ([at, period]) => {
    const starts = new Map<Second, types.Row[]>();
    for await (const rows of cassandra.pages(`${select} AND start >= ? AND start < ?`, [level, member, period, span.from, span.to], { pageRows })) {
      for (const row of rows) starts.set(Number(row.start), [...(starts.get(Number(row.start)) ?? []), row]);
    }
    const buckets: SeriesBucket[] = [];
    for (const [start, rows] of starts) {
      // Rows of a bucket are written at once, but a page may end between them: then they are read again, at once.
      const isWhole = new Set(rows.map(({ revision }) => revision as number)).size === 1;
      buckets.push(bucketOf(member, isWhole ? rows : (await cassandra.execute(`${select} AND start = ?`, [level, member, period, start])).rows));
    }
    found[at] = buckets;
  });
  return found.flat();
}

function bucketOf(member: string, rows: readonly types.Row[]): SeriesBucket {
  const [first] = rows;
  return { bucket: first?.bucket as string, revision: first?.revision as number, rows: rows.map((row) => seriesRowOf(member, row)) };
}
