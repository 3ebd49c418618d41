import { join } from 'node:path';
import { atOnce } from '../activities/rollup/at-once.ts';
import { findLate } from '../activities/rollup/find-late.ts';
import { rollBuckets } from '../activities/rollup/roll-buckets.ts';
import { configFrom } from '../src/config.ts';
import { shardOf } from '../src/domain/hash.ts';
import { bucketsIn, LEVELS, secondName, spanOf, type BucketName, type Level, type SpansByLevel } from '../src/domain/rollup/bucket-name.ts';
import { rowsOfBuckets, type BucketRow } from '../src/domain/rollup/bucket-rows.ts';
import { memberName, readingsAt } from '../src/domain/rollup/generator.ts';
import { contentOf, nextSeal, type Seal } from '../src/domain/rollup/seal.ts';
import { createRollupRunner } from '../src/main/spark.ts';
import { connectCassandra } from '../src/stores/cassandra/connection.ts';
import { createRollupStore } from '../src/stores/cassandra/rollup-store.ts';
import { createSeriesCopies } from '../src/stores/cassandra/series-copies.ts';
import { rollupTables } from '../src/stores/cassandra/rollup-tables.ts';
import { applySchema } from '../src/stores/cassandra/schema.ts';
import { inStep } from '../test/in-step.ts';
import type { Reading } from '../src/domain/rollup/reading.ts';
import type { BuildingPlugs } from '../activities/rollup/rollup-plugs.ts';
import type { BenchParts } from './parts.ts';

export interface RollupSizes {
  readonly readings: number;
  readonly members: number;
  /** Of minute rows that are there before, each member on one platform. */
  readonly days: number;
}

export const DAY = '2019-01-31';
/** The last of its day; the others are there. */
export const HOUR = '2019-01-31_23';
const PROPERTY = 'bench';
const SHARDS = 4;

/** An hour of readings of all members each second on as many platforms as make the number, in order of time. */
export function platformsOf({ readings, members }: RollupSizes): string[] {
  return Array.from({ length: Math.max(1, Math.round(readings / members / 3600)) }, (_, at) => `platform-${at}`);
}

/** A property of the bench in a keyspace of its own, its steps as the worker runs them. */
export async function rollupBenchWorld(parts: BenchParts, sizes: RollupSizes, python: string) {
  const platforms = platformsOf(sizes);
  const engine = { kind: 'spark', python, leastBuckets: 1, memoryMb: 3072 };
  const { host, port } = parts.cassandra;
  const config = configFrom({ properties: {}, rollups: { [PROPERTY]: { firstDay: '2019-01-01', platforms, shards: SHARDS, engine } } }, { ALMANAC_HOME: join(parts.home, 'rollup'), ALMANAC_KEYSPACE: 'bench_rollup', ALMANAC_CASSANDRA: `${host}:${port}` }, join(parts.home, 'almanac.yaml'));
  const bySpark = config.rollups[PROPERTY]!; // it is in the line above
  const cassandra = await connectCassandra({ contactPoints: [host], port, localDataCenter: 'datacenter1', keyspace: config.cassandra.keyspace, replicationFactor: 1 });
  await applySchema(cassandra, rollupTables);
  const rollupStore = createRollupStore(cassandra);
  const plugsWith = (settings: typeof bySpark) => ({
    rollupStore, seriesStore: createSeriesCopies(cassandra), rollupSettingsOf: () => settings, jobsFolder: join(parts.home, 'jobs'), jobLogsFolder: join(parts.home, 'jobs'),
    rollupRunnerOf: () => (settings.engine.kind === 'spark' ? createRollupRunner(config, settings.engine) : null),
  });
  const plugs = { worker: plugsWith({ ...bySpark, engine: { kind: 'worker' } }), spark: plugsWith(bySpark) };

  const sealed = async (level: Level, bucket: BucketName, rows: readonly BucketRow[]): Promise<void> => {
    const seals = await Promise.all(Array.from({ length: SHARDS }, async (_, shard): Promise<Seal> => {
      const ofShard = rows.filter(({ member }) => shardOf(member, SHARDS) === shard);
      const seal = nextSeal({ property: PROPERTY, level, bucket, shard }, 'before', contentOf(ofShard, bucket, bySpark), null);
      if (ofShard.length > 0) await rollupStore.writeRows(seal, ofShard, 0);
      return seal;
    }));
    await rollupStore.seal(seals.map((seal) => ({ seal, before: null })));
  };

  return {
    rollupStore, property: PROPERTY, shards: SHARDS, plugs: plugs.worker, minutes: () => minutesOf(sizes), dispose: () => cassandra.dispose(),
    /** Minute and hour rows of the days before the hour. */
    async fillHistory(): Promise<number> {
      const { from } = spanOf(HOUR, 'UTC');
      const hours = bucketsIn('hour', { from: from - sizes.days * 86_400 - 23 * 3600, to: from }, 'UTC').slice(-(sizes.days * 24 + 23));
      let written = 0;
      for (const hour of hours) {
        const collected = rowsOfBuckets('exact');
        const minutes = bucketsIn('minute', spanOf(hour, 'UTC'), 'UTC');
        await atOnce(minutes.entries(), 8, ([at, minute]) => sealed('minute', minute, historyRows(sizes.members, platforms[0] ?? '', at)));
        for (const at of minutes.keys()) collected.add(historyRows(sizes.members, platforms[0] ?? '', at));
        await sealed('hour', hour, collected.rows());
        written += minutes.length * sizes.members;
      }
      return written;
    },
    /** The readings of the hour, stored and not built. */
    async fillHour(): Promise<void> {
      for (const readings of minutesOf(sizes)) {
        const minute = secondName(readings[0]!.second).slice(0, 16); // a minute has readings
        for (let shard = 0; shard < SHARDS; shard += 1) await rollupStore.writeReadings({ property: PROPERTY, minute, shard }, readings.filter(({ member }) => shardOf(member, SHARDS) === shard), 0);
      }
    },
    /** Builds the hour's minutes, the hour and the day; gives what was read. */
    build: (by: 'worker' | 'spark') => rollAll(plugs[by], { minute: [spanOf(HOUR, 'UTC')], hour: [spanOf(HOUR, 'UTC')], day: [spanOf(DAY, 'UTC')] }),
    /** Finds what came late and builds what it opened, as a stroke does; gives what was read. */
    buildLate: async () => rollAll(plugs.worker, (await inStep(() => findLate(plugs.worker)({ property: PROPERTY }))).spans),
    /** As before the hour was built. */
    async forget(): Promise<void> {
      for (const [level, bucket] of [...bucketsIn('minute', spanOf(HOUR, 'UTC'), 'UTC').map((minute) => ['minute', minute]), ['hour', HOUR], ['day', DAY]]) await cassandra.execute('DELETE FROM rollup_seals WHERE property = ? AND level = ? AND bucket = ?', [PROPERTY, level, bucket]);
    },
    checksums: async (): Promise<string> => JSON.stringify([...await rollupStore.readSeals(PROPERTY, 'hour', [HOUR]), ...await rollupStore.readSeals(PROPERTY, 'day', [DAY])].map(({ checksum }) => checksum)),
  };
}

export type RollupBenchWorld = Awaited<ReturnType<typeof rollupBenchWorld>>;

/** Level after level, each span in one step. */
async function rollAll(plugs: BuildingPlugs, spans: SpansByLevel): Promise<number> {
  let read = 0;
  for (const level of LEVELS) for (const span of spans[level]) read += (await inStep(() => rollBuckets(plugs)({ property: PROPERTY, level, span, after: null, again: [] }))).read;
  return read;
}

/** The readings of the hour, a minute at a time, each in order of time. */
export function* minutesOf(sizes: RollupSizes): Generator<Reading[]> {
  const { from } = spanOf(HOUR, 'UTC');
  const world = { seed: 7, members: sizes.members, platforms: platformsOf(sizes) };
  for (let minute = 0; minute < 60; minute += 1) yield Array.from({ length: 60 }, (_, second) => readingsAt(world, from + minute * 60 + second)).flat();
}

function historyRows(members: number, platform: string, at: number): BucketRow[] {
  return Array.from({ length: members }, (_, member) => {
    const value = 1000 * (member + 1) + at;
    return { member: memberName(member), platform, sum: value * 60, count: 60, min: value, max: value, first: value, last: value, mean: value, minutes: 1 };
  });
}
