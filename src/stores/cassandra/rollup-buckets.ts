import cassandraDriver from 'cassandra-driver';
import { eachInFlight } from './in-flight.ts';
import { settle } from './settle.ts';
import type { BucketName, Level } from '../../domain/rollup/bucket-name.ts';
import type { BucketRow } from '../../domain/rollup/bucket-rows.ts';
import type { Seal } from '../../domain/rollup/seal.ts';
import type { BucketStore, RowsKey, SealChange } from '../../ports/rollup-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

const batchRows = 150;
const batchesInFlight = 8;
const pageRows = 5000;
const serially = cassandraDriver.types.consistencies.localSerial;

const figures = ['sum', 'count', 'min', 'max', 'first', 'last', 'mean', 'minutes'] as const;
const insert = `INSERT INTO rollup_buckets (property, level, bucket, shard, inputs, member, platform, ${figures.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ${figures.map(() => '?').join(', ')}) USING TTL ?`;
const ofBuild = 'property = ? AND level = ? AND bucket = ? AND shard = ? AND inputs = ?';
const sealed = ['inputs', 'revision', 'rows', 'members', 'partial', 'sum', 'count', 'magnitude', 'checksum'] as const;
const ofBucket = 'property = ? AND level = ? AND bucket = ?';
const sealColumns = [...sealed, 'kept_until', 'overtaken'];
const insertSeal = `INSERT INTO rollup_seals (property, level, bucket, shard, ${sealColumns.join(', ')}) VALUES (?, ?, ?, ?, ${sealColumns.map(() => '?').join(', ')}) IF NOT EXISTS`;
const replaceSeal = `UPDATE rollup_seals SET ${sealColumns.map((column) => `${column} = ?`).join(', ')} WHERE ${ofBucket} AND shard = ? IF inputs = ? AND checksum = ?`;
const sealsInFlight = 32;

/** Buckets and their seals in Cassandra. Rows are idempotent by their inputs; a seal is changed on condition of the one before it. Its tables are `rollupTables`. */
export function createRollupBuckets(cassandra: Cassandra): BucketStore {
  const sealsOf = async (property: string, level: Level, bucket: BucketName, consistency?: number): Promise<Seal[]> =>
    (await cassandra.execute(`SELECT * FROM rollup_seals WHERE ${ofBucket}`, [property, level, bucket], consistency === undefined ? {} : { consistency })).rows.map(sealOf);
  return {
    async writeRows(key, rows, keepSeconds) {
      const statements = rows.map((row) => ({ query: insert, params: [...buildOf(key), row.member, row.platform, ...figures.map((figure) => row[figure]), keepSeconds] }));
      const batches = Array.from({ length: Math.ceil(statements.length / batchRows) }, (_, at) => statements.slice(at * batchRows, (at + 1) * batchRows));
      await eachInFlight(batches, batchesInFlight, (batch) => cassandra.batch(batch));
    },
    async *readRows(key) {
      for await (const rows of cassandra.pages(`SELECT member, platform, ${figures.join(', ')} FROM rollup_buckets WHERE ${ofBuild}`, buildOf(key), { pageRows })) yield rows.map(rowOf);
    },
    async readMember(key, member) {
      return (await cassandra.execute(`SELECT member, platform, ${figures.join(', ')} FROM rollup_buckets WHERE ${ofBuild} AND member = ?`, [...buildOf(key), member])).rows.map(rowOf);
    },
    async dropRows(key) {
      await cassandra.execute(`DELETE FROM rollup_buckets WHERE ${ofBuild}`, buildOf(key));
    },
    async readSeals(property, level, buckets) {
      const found: Seal[][] = [];
      await eachInFlight(buckets.entries(), sealsInFlight, async ([at, bucket]) => {
        found[at] = await sealsOf(property, level, bucket);
      });
      return found.flat();
    },
    async seal(changes) {
      const [first] = changes;
      if (!first) return true;
      const { property, level, bucket } = first.seal;
      let isOurs = true;
      let mayBeOurs = false;
      const areHeld = async (): Promise<boolean> => {
        const held = await sealsOf(property, level, bucket, serially);
        return changes.every(({ seal }) => held.some(({ shard, inputs, checksum }) => shard === seal.shard && inputs === seal.inputs && checksum === seal.checksum));
      };
      await settle(`sealing ${level} ${bucket} of ${property}`, async () => {
        if (mayBeOurs && (await areHeld())) return 'applied';
        // One partition, so one conditional write for all shards.
        const query = changes.map(({ before }) => `${before === null ? insertSeal : replaceSeal};`).join(' ');
        const outcome = await cassandra.conditional(`BEGIN BATCH ${query} APPLY BATCH`, changes.flatMap(paramsOf));
        mayBeOurs ||= outcome === 'unknown';
        if (outcome !== 'refused') return outcome;
        // After a write that may still have been on its way, it may be our own that refuses.
        isOurs = mayBeOurs && (await areHeld());
        return 'applied';
      });
      return isOurs;
    },
    async readClosedUntil(property) {
      const row = (await cassandra.execute('SELECT closed_until FROM rollup_clocks WHERE property = ?', [property])).first();
      return row === null ? null : Number(row.closed_until);
    },
    async moveClosedUntil(property, second) {
      // The value is its own time of writing: of two that are written in any order the later second stays.
      await cassandra.execute('INSERT INTO rollup_clocks (property, closed_until) VALUES (?, ?) USING TIMESTAMP ?', [property, second, second * 1_000_000]);
    },
  };
}

function paramsOf({ seal, before }: SealChange): unknown[] {
  const { property, level, bucket, shard } = seal;
  const values = [...sealed.map((column) => seal[column]), seal.keptUntil, seal.overtaken];
  return before === null ? [property, level, bucket, shard, ...values] : [...values, property, level, bucket, shard, before.inputs, before.checksum];
}

function buildOf({ property, level, bucket, shard, inputs }: RowsKey): unknown[] {
  return [property, level, bucket, shard, inputs];
}

function rowOf(row: types.Row): BucketRow {
  return {
    member: row.member as string, platform: row.platform as string, sum: row.sum as number, count: Number(row.count), min: row.min as number, max: row.max as number,
    first: row.first as number, last: row.last as number, mean: row.mean as number, minutes: row.minutes as number,
  };
}

function sealOf(row: types.Row): Seal {
  return {
    property: row.property as string, level: row.level as Seal['level'], bucket: row.bucket as string, shard: row.shard as number, inputs: row.inputs as string, revision: row.revision as number,
    rows: Number(row.rows), members: Number(row.members), partial: Number(row.partial), sum: row.sum as number, count: Number(row.count), magnitude: row.magnitude as number, checksum: row.checksum as string,
    // Seals of before do not say it.
    keptUntil: Number(row.kept_until ?? 0), overtaken: (row.overtaken as string | null) ?? '',
  };
}
