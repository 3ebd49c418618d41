import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ingestId } from '../src/domain/release/ids.ts';
import { connectStores, connectTemporal } from '../src/main/connect.ts';
import { benchCopy } from './copy.ts';
import { dayColumns, measuredDay, writeDayFile } from './day-file.ts';
import { cpuSecondsOf, median, runMeasured, type Figure, type SelfMeasured } from './measure.ts';
import { workerWorld, type WorkerWorld } from './worker.ts';
import type { DayOutcome } from '../activities/ingest/day-outcome.ts';
import type { BenchParts } from './parts.ts';

export interface IngestSizes {
  readonly rows: number;
  readonly rounds: number;
  /** The input that memory is measured with beside `rows`, in multiples of it. */
  readonly larger: number;
}

interface Loaded extends SelfMeasured {
  readonly cassandraCpuSeconds: number;
}

const shards = 8;
/** The driver's own default. */
const inFlight = 100;

/** A gzip CSV into the store's tables: by the ingest sequence on a real worker, and by hand row by row. Rounds alternate. */
export async function benchIngest(parts: BenchParts, { rows, rounds, larger }: IngestSizes, log: (line: string) => void): Promise<Figure[]> {
  const folder = join(parts.home, 'files');
  await mkdir(folder, { recursive: true });
  await writeDayFile(join(folder, `normal-${measuredDay}.csv.gz`), rows);
  await writeDayFile(join(folder, `larger-${measuredDay}.csv.gz`), rows * larger);
  const names = [...Array.from({ length: rounds }, (_, round) => `normal-${round}`), 'larger'];
  const world = await workerWorld(parts, 'ingest', Object.fromEntries(names.map((name) => [name, property(folder, name.split('-')[0] as string)])));
  const { client, dispose } = await connectTemporal(world.config);
  const stores = await connectStores(world.config);
  const byHand = (name: string): Promise<Loaded> => withCassandraCpu(parts, () => runMeasured('row-by-row.ts', {
    ...parts.cassandra, keyspace: world.config.cassandra.keyspace, file: join(folder, `normal-${measuredDay}.csv.gz`), property: name, shards, inFlight,
  }));
  const ours = (name: string): Promise<Loaded> => withCassandraCpu(parts, () => ingestOnce(world, client, name));
  try {
    const [mine, hand]: [Loaded[], Loaded[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const work = [async () => mine.push(await ours(`normal-${round}`)), async () => hand.push(await byHand(`hand-${round}`))];
      for (const one of round % 2 === 0 ? work : work.toReversed()) await one();
      await assertSameRows(stores, `normal-${round}`, `hand-${round}`);
      log(`ingest round ${round + 1} of ${rounds}: ${rate(rows, mine.at(-1))} rows/s, by hand ${rate(rows, hand.at(-1))}`);
    }
    const large = await ours('larger');
    const megabytes = statSync(join(folder, `larger-${measuredDay}.csv.gz`)).size / 1e6;
    const ratio = median(mine.map(({ seconds }, round) => (hand[round]?.seconds ?? Number.NaN) / seconds));
    return [
      { bench: 'ingest', what: 'file → tables, rows/s against executeConcurrent row by row', value: ratio, unit: '×', aim: { atLeast: 2 }, note: `median of ${rounds} alternating rounds of ${rows} rows, LOCAL_QUORUM, commit log group` },
      lineOf('  the ingest sequence on a worker', rows, mine),
      lineOf(`  executeConcurrent, ${inFlight} in flight, csv-parse`, rows, hand),
      { bench: 'ingest', what: '  CPU seconds, by hand / ingest (with Cassandra)', value: median(hand.map(allCpu)) / median(mine.map(allCpu)), unit: '×' },
      { bench: 'ingest', what: '  peak memory of the worker', value: Math.max(...mine.map(({ peakMiB }) => peakMiB)), unit: 'MiB', aim: { atMost: 400 } },
      { bench: 'ingest', what: `  the same at ${larger}× the input`, value: large.peakMiB, unit: 'MiB', aim: { atMost: 400 }, note: `${rows * larger} rows, ${megabytes.toFixed(1)} MB of gzip, ${rate(rows * larger, large)} rows/s` },
      await benchCopy({ parts, cassandra: stores.cassandra, from: { property: 'normal-0', day: measuredDay, shards } }),
    ];
  } finally {
    await stores.dispose();
    await dispose();
  }
}

function property(folder: string, file: string): object {
  return {
    timeZone: 'UTC', shards, calendar: { firstDay: measuredDay, lastDay: measuredDay },
    source: { kind: 'files', folder, file: `${file}-{day}.csv.gz`, format: 'csv', columns: dayColumns },
    schedules: { paused: true },
  };
}

/** One day by the sequence `ingest`, on a worker that has done nothing before. Its start is not counted. */
async function ingestOnce(world: WorkerWorld, client: Awaited<ReturnType<typeof connectTemporal>>['client'], name: string): Promise<SelfMeasured> {
  const worker = await world.startWorker();
  try {
    const cpuBefore = worker.cpuSeconds();
    const began = performance.now();
    const outcome = (await client.workflow.execute('ingest', { taskQueue: world.config.temporal.taskQueue, workflowId: ingestId(name, measuredDay), args: [{ property: name, day: measuredDay }] })) as DayOutcome;
    const seconds = (performance.now() - began) / 1000;
    if (outcome.state !== 'final') throw new Error(`ingest of ${name} ended ${outcome.state}: ${outcome.sentence}`);
    return { seconds, cpuSeconds: worker.cpuSeconds() - cpuBefore, peakMiB: worker.peakMiB() };
  } finally {
    await worker.stop();
  }
}

/** Both ways wrote the same events, or the comparison means nothing. */
async function assertSameRows({ activityStore }: Awaited<ReturnType<typeof connectStores>>, a: string, b: string): Promise<void> {
  const [mine, hand] = [await activityStore.measureGeneration({ property: a, day: measuredDay, generation: 1 }, shards), await activityStore.measureGeneration({ property: b, day: measuredDay, generation: 1 }, shards)];
  if (JSON.stringify(mine) !== JSON.stringify(hand)) throw new Error(`the rows differ: ${JSON.stringify(mine)} by ingest, ${JSON.stringify(hand)} by hand`);
}

async function withCassandraCpu<T extends SelfMeasured>({ cassandra }: BenchParts, work: () => Promise<T>): Promise<T & Loaded> {
  const before = cpuSecondsOf(cassandra.pid);
  const measured = await work();
  return { ...measured, cassandraCpuSeconds: cpuSecondsOf(cassandra.pid) - before };
}

function lineOf(what: string, rows: number, runs: readonly Loaded[]): Figure {
  return {
    bench: 'ingest', what, value: median(runs.map(({ seconds }) => rows / seconds)), unit: 'rows/s',
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)), cassandraCpuSeconds: median(runs.map(({ cassandraCpuSeconds }) => cassandraCpuSeconds)), peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
  };
}

function allCpu({ cpuSeconds, cassandraCpuSeconds }: Loaded): number {
  return cpuSeconds + cassandraCpuSeconds;
}

function rate(rows: number, run: SelfMeasured | undefined): string {
  return (rows / (run?.seconds ?? Number.NaN)).toFixed(0);
}
