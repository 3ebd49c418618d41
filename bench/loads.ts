import { ingestId } from '../src/domain/release/ids.ts';
import { cpuSecondsOf, median, type Figure, type SelfMeasured } from './measure.ts';
import type { DayOutcome } from '../activities/ingest/day-outcome.ts';
import type { connectStores, connectTemporal } from '../src/main/connect.ts';
import type { BenchParts } from './parts.ts';
import type { WorkerWorld } from './worker.ts';

/** One day brought into the tables, by whichever way. */
export interface Loaded extends SelfMeasured {
  readonly cassandraCpuSeconds: number;
}

export const shards = 8;
/** Of rows written by hand; the driver's own default. */
export const inFlight = 100;

type Client = Awaited<ReturnType<typeof connectTemporal>>['client'];
type Stores = Awaited<ReturnType<typeof connectStores>>;

/** One day by the sequence `ingest`, on a worker that has done nothing before. Its start is not counted. */
export async function ingestOnce(world: WorkerWorld, client: Client, property: string, day: string): Promise<SelfMeasured> {
  const worker = await world.startWorker();
  try {
    const cpuBefore = worker.cpuSeconds();
    const began = performance.now();
    const outcome = (await client.workflow.execute('ingest', { taskQueue: world.config.temporal.taskQueue, workflowId: ingestId(property, day), args: [{ property, day }] })) as DayOutcome;
    const seconds = (performance.now() - began) / 1000;
    if (outcome.state !== 'final') throw new Error(`ingest of ${property} ended ${outcome.state}: ${outcome.sentence}`);
    return { seconds, cpuSeconds: worker.cpuSeconds() - cpuBefore, peakMiB: worker.peakMiB() };
  } finally {
    await worker.stop();
  }
}

/** Both ways wrote the same events, or the comparison means nothing. */
export async function assertSameRows({ activityStore }: Stores, day: string, a: string, b: string): Promise<void> {
  const [mine, hand] = [await activityStore.measureGeneration({ property: a, day, generation: 1 }, shards), await activityStore.measureGeneration({ property: b, day, generation: 1 }, shards)];
  if (JSON.stringify(mine) !== JSON.stringify(hand)) throw new Error(`the rows differ: ${JSON.stringify(mine)} by ingest, ${JSON.stringify(hand)} by hand`);
}

export async function withCassandraCpu<T extends SelfMeasured>({ cassandra }: BenchParts, work: () => Promise<T>): Promise<T & Loaded> {
  const before = cpuSecondsOf(cassandra.pid);
  const measured = await work();
  return { ...measured, cassandraCpuSeconds: cpuSecondsOf(cassandra.pid) - before };
}

/** The line of the table for several runs over `rows` rows. */
export function lineOf(bench: string, what: string, rows: number, runs: readonly Loaded[]): Figure {
  return {
    bench, what, value: median(runs.map(({ seconds }) => rows / seconds)), unit: 'rows/s',
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)), cassandraCpuSeconds: median(runs.map(({ cassandraCpuSeconds }) => cassandraCpuSeconds)), peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
  };
}

/** How many times faster `mine` was than `theirs`, round by round. */
export function ratioOf(mine: readonly Loaded[], theirs: readonly Loaded[]): number {
  return median(mine.map(({ seconds }, round) => (theirs[round]?.seconds ?? Number.NaN) / seconds));
}

/** How many times the CPU seconds of `mine` the others took, Cassandra's own among them. */
export function cpuRatioOf(mine: readonly Loaded[], theirs: readonly Loaded[]): number {
  return median(theirs.map(allCpu)) / median(mine.map(allCpu));
}

function allCpu({ cpuSeconds, cassandraCpuSeconds }: Loaded): number {
  return cpuSeconds + cassandraCpuSeconds;
}

export function rate(rows: number, run: SelfMeasured | undefined): string {
  return (rows / (run?.seconds ?? Number.NaN)).toFixed(0);
}
