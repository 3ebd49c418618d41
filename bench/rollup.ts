import { join } from 'node:path';
import { HOUR, minutesOf, rollupBenchWorld, type RollupBenchWorld, type RollupSizes } from './rollup-world.ts';
import { bucketsIn, spanOf } from '../src/domain/rollup/bucket-name.ts';
import { createReportPrinter } from '../src/parts/report-printer.ts';
import { cacheFolder } from '../src/parts/cache.ts';
import { findPython } from '../src/parts/find-program.ts';
import { obtainSpark } from '../src/parts/obtain-spark.ts';
import { takeInReadings } from '../activities/rollup/take-in-readings.ts';
import { cpuSecondsOf, type Figure } from './measure.ts';
import { openDuckdb } from './duckdb.ts';
import { shardOf } from '../src/domain/hash.ts';
import { benchKernel, timed } from './rollup-kernel.ts';
import { columnsOf, type Reading } from '../src/domain/rollup/reading.ts';
import type { BenchParts } from './parts.ts';

/**
 * One new hour of readings on top of the minutes and hours of days before, from its readings in Cassandra to its minutes, the hour and the
 * day with their seals: by our steps as a worker runs them, by the Spark job, and by DuckDB. DuckDB does the same four group-bys twice: on
 * what our reader gives it from the same Cassandra, and on the same rows in a Parquet file of this machine; its results stay its own
 * tables, and nothing of it is written back, checked or sealed.
 */
export async function benchRollup(parts: BenchParts, sizes: RollupSizes, rounds: number, log: (line: string) => void): Promise<Figure[]> {
  const kernel = await benchKernel(sizes, rounds);
  const python = (await findPython('3.13')) ?? (await findPython('3.11'));
  if (python === undefined) throw new Error('neither Python 3.13 nor 3.11 is here: expected one for the driver of Spark');
  await obtainSpark({ cache: cacheFolder(), python, report: createReportPrinter(process.stdout) });
  const world = await rollupBenchWorld(parts, sizes, python);
  try {
    log(`rollup: ${await world.fillHistory()} minute rows of the days before`);
    await world.fillHour();
    const cassandraCpu = (): number => cpuSecondsOf(parts.cassandra.pid);
    const measured = async (work: () => Promise<unknown>) => {
      const before = cassandraCpu();
      const round = await timed(work);
      return { ...round, cassandraCpuSeconds: cassandraCpu() - before };
    };
    let read = 0;
    const [mine, theirs]: [StoreRound[], StoreRound[]] = [[], []];
    // The first of each warms up: the store has just taken the hour in, and nobody has read it.
    for (let round = 0; round <= rounds; round += 1) {
      await world.forget();
      mine[round] = await measured(async () => { read = await world.build('worker'); });
      theirs[round] = await measured(() => duckdbFromStore(world, sizes));
    }
    const ours = middle(mine.slice(1));
    const store = middle(theirs.slice(1));
    const checksums = await world.checksums();
    log(`rollup: ours ${ours.seconds.toFixed(1)} s, DuckDB ${store.seconds.toFixed(1)} s from the store; the first of each ${mine[0]?.seconds.toFixed(1)} s and ${theirs[0]?.seconds.toFixed(1)} s`);
    const begins = spanOf(HOUR, 'UTC').from;
    const late = await lateHour(world, measured, ({ second }) => second >= begins + 24 && second < begins + 60);
    const lateOfShard = await lateHour(world, measured, ({ member, second }) => shardOf(member, world.shards) === 0 && second >= begins + 1800 && second < begins + 1800 + 36 * world.shards);
    log(`rollup: late ${late.seconds.toFixed(2)} s, ${late.read} of ${read} rows; of a shard ${lateOfShard.seconds.toFixed(2)} s, ${lateOfShard.read} rows`);
    await world.forget();
    await world.build('worker');
    const withLate = await world.checksums();
    await world.forget();
    const spark = await measured(() => world.build('spark'));
    log(`rollup: Spark ${spark.seconds.toFixed(1)} s`);
    if ((await world.checksums()) !== withLate || checksums === withLate) throw new Error('the rows of the Spark job differ from ours');
    const parquet = await duckdbFromParquet(parts, sizes);
    log(`rollup: DuckDB ${parquet.seconds.toFixed(2)} s from a file`);
    const line = (what: string, { seconds, cpuSeconds, cassandraCpuSeconds }: { seconds: number; cpuSeconds: number; cassandraCpuSeconds?: number }, note?: string): Figure => ({ bench: 'rollup', what, value: seconds, unit: 's', cpuSeconds, ...(cassandraCpuSeconds === undefined ? {} : { cassandraCpuSeconds }), ...(note === undefined ? {} : { note }) });
    return [
      ...kernel,
      { bench: 'rollup', what: 'an hour of readings in the store → minutes, hour, day; DuckDB / ours', value: store.seconds / ours.seconds, unit: '×', aim: { atLeast: 1 }, note: `${sizes.days} days before; DuckDB reads the same rows from the same store and writes nothing back` },
      { bench: 'rollup', what: '  the same, DuckDB from a Parquet file', value: parquet.seconds / ours.seconds, unit: '×' },
      { bench: 'rollup', what: '  the same, Spark job / ours', value: spark.seconds / ours.seconds, unit: '×', aim: { atLeast: 10 }, note: 'three jobs of local[2], with their starts; Java is not in the CPU seconds' },
      line('  our steps', ours, `${read} readings and rows read`), line('  Spark', spark), line('  DuckDB from the store', store), line('  DuckDB from a Parquet file', parquet),
      { bench: 'rollup', what: 'readings and rows read for 1 % of late readings, against the whole hour', value: (100 * late.read) / read, unit: '%', aim: { atMost: 3 }, note: 'the last 36 s of a minute, of all members' },
      { bench: 'rollup', what: '  seconds, the same, with finding it', value: (100 * late.seconds) / ours.seconds, unit: '%' },
      { bench: 'rollup', what: '  the same share late of the members of one shard, in 144 s', value: (100 * lateOfShard.read) / read, unit: '%' },
    ];
  } finally {
    await world.dispose();
  }
}

interface StoreRound { readonly seconds: number; readonly cpuSeconds: number; readonly cassandraCpuSeconds: number }

/** The round of the median time; of an even number the slower. */
function middle(rounds: readonly StoreRound[]): StoreRound {
  return rounds.toSorted((a, b) => a.seconds - b.seconds)[rounds.length >> 1]!; // there is at least one
}

/** Some readings of the hour come in again with other values, and what is open is built. */
async function lateHour(world: RollupBenchWorld, measured: (work: () => Promise<unknown>) => Promise<{ seconds: number }>, isLate: (reading: Reading) => boolean): Promise<{ seconds: number; read: number }> {
  const late: Reading[] = [];
  for (const minute of world.minutes()) late.push(...minute.filter(isLate).map((reading) => ({ ...reading, value: reading.value + 1 })));
  await takeInReadings(world.plugs)(world.property, late);
  let read = 0;
  const { seconds } = await measured(async () => { read = await world.buildLate(); });
  return { seconds, read };
}

async function duckdbFromStore({ rollupStore, property, shards }: RollupBenchWorld, { members }: RollupSizes): Promise<void> {
  const duckdb = await openDuckdb();
  try {
    await duckdb.fillCategories(members);
    for (const minute of bucketsIn('minute', spanOf(HOUR, 'UTC'), 'UTC')) {
      for (let shard = 0; shard < shards; shard += 1) for await (const readings of rollupStore.readReadings({ property, minute, shard })) await duckdb.append(readings);
    }
    await duckdb.groupBys();
  } finally {
    duckdb.close();
  }
}

/** The file is made before; reading it, grouping and writing the tables to a database on disk is counted. */
async function duckdbFromParquet({ home }: BenchParts, sizes: RollupSizes): Promise<{ seconds: number; cpuSeconds: number }> {
  const file = join(home, 'readings.parquet');
  const maker = await openDuckdb();
  for (const readings of minutesOf(sizes)) await maker.append(columnsOf(readings));
  await maker.connection.run(`COPY readings TO '${file}' (FORMAT parquet)`);
  maker.close();
  const duckdb = await openDuckdb(join(home, 'rollup.duckdb'));
  try {
    await duckdb.fillCategories(sizes.members);
    return await timed(async () => {
      await duckdb.connection.run(`INSERT INTO readings SELECT * FROM '${file}'`);
      await duckdb.groupBys();
    });
  } finally {
    duckdb.close();
  }
}
