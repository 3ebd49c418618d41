import { connectStores, connectTemporal } from '../src/main/connect.ts';
import { startGoogle, type ExportPlace } from './google.ts';
import { assertSameRows, cpuRatioOf, inFlight, ingestOnce, lineOf, rate, ratioOf, shards, withCassandraCpu, type Loaded } from './loads.ts';
import { runMeasured, type Figure } from './measure.ts';
import { workerWorld } from './worker.ts';
import type { BenchParts } from './parts.ts';

export interface ExportSizes {
  readonly rows: number;
  readonly rounds: number;
  /** The largest day that memory is measured with; beside it a hundredth and a tenth of it. */
  readonly largest: number;
}

const measured = '2026-03-04';
const calendar = { firstDay: measured, lastDay: '2026-03-07' };

/**
 * The day's table of a Google Analytics export into the store's tables, by the ingest sequence on a real worker: beside a
 * loop that only lists the same table, and beside that loop with each row written by hand. Google is the tests' stand-in in
 * a process of its own, which makes rows when they are asked for; rounds alternate.
 */
export async function benchExport(parts: BenchParts, { rows, rounds, largest }: ExportSizes, log: (line: string) => void): Promise<Figure[]> {
  const sizes = { small: ['2026-03-05', largest / 100], middle: ['2026-03-06', largest / 10], large: ['2026-03-07', largest] } as const;
  const google = await startGoogle({ [measured]: rows, ...Object.fromEntries(Object.values(sizes)) });
  const names = [...Array.from({ length: rounds }, (_, round) => `normal-${round}`), ...Object.keys(sizes)];
  const world = await workerWorld(parts, 'export', Object.fromEntries(names.map((name) => [name, property(google.place)])));
  const { client, dispose } = await connectTemporal(world.config);
  const stores = await connectStores(world.config);
  const ours = (name: string, day: string = measured): Promise<Loaded> => withCassandraCpu(parts, () => ingestOnce(world, client, name, day));
  const listed = (): Promise<Loaded> => withCassandraCpu(parts, () => runMeasured('listing.ts', { ...google.place, day: measured }));
  const byHand = (name: string): Promise<Loaded> => withCassandraCpu(parts, () => runMeasured('listing.ts', {
    ...google.place, day: measured, byHand: { ...parts.cassandra, keyspace: world.config.cassandra.keyspace, property: name, day: measured, shards, inFlight },
  }));
  try {
    const [mine, list, hand]: [Loaded[], Loaded[], Loaded[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const work = [async () => mine.push(await ours(`normal-${round}`)), async () => list.push(await listed()), async () => hand.push(await byHand(`hand-${round}`))];
      for (const one of round % 2 === 0 ? work : work.toReversed()) await one();
      await assertSameRows(stores, measured, `normal-${round}`, `hand-${round}`);
      log(`export round ${round + 1} of ${rounds}: ${rate(rows, mine.at(-1))} rows/s, only listed ${rate(rows, list.at(-1))}, listed and written by hand ${rate(rows, hand.at(-1))}`);
    }
    const googleCpu = google.cpuSeconds();
    const peaks: Record<string, number> = {};
    for (const [name, [day, size]] of Object.entries(sizes)) {
      const run = await ours(name, day);
      peaks[name] = run.peakMiB;
      log(`export of ${size} rows: ${rate(size, run)} rows/s, peak ${run.peakMiB.toFixed(0)} MiB`);
    }
    const { small = Number.NaN, middle = Number.NaN, large = Number.NaN } = peaks;
    const figure = (what: string, value: number, unit: string, more: Partial<Figure> = {}): Figure => ({ bench: 'export', what, value, unit, ...more });
    return [
      figure('table → tables, rows/s against tabledata.list and executeConcurrent row by row', ratioOf(mine, hand), '×', { aim: { atLeast: 2 }, note: `median of ${rounds} alternating rounds of ${rows} rows, LOCAL_QUORUM, commit log group` }),
      lineOf('export', '  the ingest sequence on a worker', rows, mine),
      lineOf('export', `  tabledata.list and executeConcurrent, ${inFlight} in flight: no order, no resuming, no proof`, rows, hand),
      lineOf('export', '  tabledata.list alone: rows counted, nothing understood or written', rows, list),
      figure('  ingest against the loop that only lists', ratioOf(mine, list), '×', { note: `the rest is understanding, order, writing and proof; the stand-in took ${(googleCpu / (3 * rounds)).toFixed(1)} CPU s a pass` }),
      figure('  CPU seconds, by hand / ingest (with Cassandra)', cpuRatioOf(mine, hand), '×'),
      figure(`  peak memory of the worker, ${sizes.small[1]} rows`, small, 'MiB', { aim: { atMost: 400 } }),
      figure(`  ${sizes.middle[1]} rows`, middle, 'MiB', { aim: { atMost: 400 } }),
      figure(`  ${sizes.large[1]} rows`, large, 'MiB', { aim: { atMost: 400 } }),
      figure('  peak memory, largest against smallest', large / small, '×', { aim: { atMost: 1.2 } }),
    ];
  } finally {
    await stores.dispose();
    await dispose();
    await google.stop();
  }
}

function property({ rootUrl, project, dataset }: ExportPlace): object {
  return {
    timeZone: 'UTC', shards, calendar,
    source: { kind: 'ga4-export', project, dataset, rootUrl, credentials: { kind: 'none' } },
    schedules: { paused: true },
  };
}
