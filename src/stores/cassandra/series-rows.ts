import { markOf, periodAt, periodsIn, type CopyMark, type Period } from '../../domain/rollup/series-copy.ts';
import { eachInFlight } from './in-flight.ts';
import { seriesFigures, seriesRowOf, seriesTableOf } from './series-table.ts';
import type { Level } from '../../domain/rollup/bucket-name.ts';
import type { BucketRow } from '../../domain/rollup/bucket-rows.ts';
import type { CopiedBucket, SeriesCopies } from '../../ports/series-store.ts';
import type { Cassandra, Statement } from './connection.ts';

const batchRows = 100;
const batchesInFlight = 16;
const pageRows = 5000;
/** Sorts before every member, none of whom has an empty name. */
const markMember = '';
const key = ['level', 'member', 'period', 'start', 'platform'] as const;

/** Rows of copies by member in Cassandra. The revision of a bucket is the time of its writing: of two that are written in any order the later revision stays. */
export function createSeriesRows(cassandra: Cassandra): Pick<SeriesCopies, 'writeBuckets' | 'readMarks' | 'readMembers' | 'readPeriod'> {
  return {
    async writeBuckets(copy, buckets) {
      const table = seriesTableOf(copy);
      await eachInFlight(batchesOf(table, buckets), batchesInFlight, (batch) => cassandra.batch(batch));
      const periods = Map.groupBy(buckets, ({ seal: { level }, start }) => `${level} ${periodAt(level, start)}`);
      const marks = [...periods.values()].flatMap((ofPeriod) => Array.from({ length: Math.ceil(ofPeriod.length / batchRows) }, (_, at) => ofPeriod.slice(at * batchRows, (at + 1) * batchRows)));
      await eachInFlight(marks, batchesInFlight, (batch) => cassandra.batch(batch.map((bucket) => markStatement(table, bucket))));
    },
    async readMarks(copy, level, span) {
      const marks = new Map<string, CopyMark>();
      for (const period of periodsIn(level, span)) {
        const query = `SELECT start, platform, checksum, digest FROM ${seriesTableOf(copy)} WHERE level = ? AND member = ? AND period = ? AND start >= ? AND start < ?`;
        for await (const rows of cassandra.pages(query, [level, markMember, period, span.from, span.to], { pageRows })) {
          for (const row of rows) marks.set(markOf(Number(row.start), Number(row.platform)), { checksum: row.checksum as string, digest: Number(row.digest) });
        }
      }
      return marks;
    },
    async *readMembers(copy) {
      for await (const rows of cassandra.pages(`SELECT DISTINCT level, member, period FROM ${seriesTableOf(copy)}`, [], { pageRows })) {
        yield rows.filter(({ member }) => member !== markMember).map((row) => ({ level: row.level as Level, member: row.member as string, period: row.period as Period }));
      }
    },
    async *readPeriod(copy, { level, member, period }) {
      const query = `SELECT start, platform, ${seriesFigures.join(', ')} FROM ${seriesTableOf(copy)} WHERE level = ? AND member = ? AND period = ?`;
      for await (const rows of cassandra.pages(query, [level, member, period], { pageRows })) yield rows.map((row) => ({ start: Number(row.start), row: seriesRowOf(member, row) }));
    },
  };
}

/** Batches of one partition; the rows of a member in a bucket are never apart, so that readers have all of them or none. */
function* batchesOf(table: string, buckets: readonly CopiedBucket[]): Generator<Statement[]> {
  const pending = new Map<string, Statement[]>();
  for (const bucket of buckets) {
    const { seal: { level }, start } = bucket;
    const period = periodAt(level, start);
    for (const [member, rows] of Map.groupBy(bucket.rows, (row) => row.member)) {
      const partition = `${period} ${member}`;
      const batch = pending.get(partition) ?? [];
      if (batch.length > 0 && batch.length + rows.length > batchRows) {
        yield batch.splice(0);
      }
      batch.push(...rows.map((row) => rowStatement(table, bucket, period, row)));
      pending.set(partition, batch);
    }
  }
  for (const batch of pending.values()) if (batch.length > 0) yield batch;
}

function rowStatement(table: string, { seal: { level, bucket, revision }, start, keepSeconds }: CopiedBucket, period: Period, row: BucketRow): Statement {
  return statementOf(table, ['bucket', 'revision', ...seriesFigures], [level, row.member, period, start, row.platform, bucket, revision, ...seriesFigures.map((figure) => row[figure])], revision, keepSeconds);
}

function markStatement(table: string, { seal: { level, shard, bucket, revision, checksum }, start, digest, keepSeconds }: CopiedBucket): Statement {
  return statementOf(table, ['bucket', 'revision', 'checksum', 'digest'], [level, markMember, periodAt(level, start), start, String(shard), bucket, revision, checksum, digest], revision, keepSeconds);
}

function statementOf(table: string, columns: readonly string[], values: readonly unknown[], revision: number, keepSeconds: number): Statement {
  return { query: `INSERT INTO ${table} (${[...key, ...columns].join(', ')}) VALUES (${values.map(() => '?').join(', ')}) USING TIMESTAMP ? AND TTL ?`, params: [...values, revision, keepSeconds] };
}
