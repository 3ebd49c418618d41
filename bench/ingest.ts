import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectStores, connectTemporal } from '../src/main/connect.ts';
import { benchCopy } from './copy.ts';
import { dayColumns, measuredDay, writeDayFile } from './day-file.ts';
import { assertSameRows, cpuRatioOf, inFlight, ingestOnce, lineOf, rate, ratioOf, shards, withCassandraCpu, type Loaded } from './loads.ts';
import { runMeasured, type Figure } from './measure.ts';
import { workerWorld } from './worker.ts';
import type { BenchParts } from './parts.ts';

export interface IngestSizes {
  readonly rows: number;
  readonly rounds: number;
  /** The input that memory is measured with beside `rows`, in multiples of it. */
  readonly larger: number;
}

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
    ...parts.cassandra, keyspace: world.config.cassandra.keyspace, file: join(folder, `normal-${measuredDay}.csv.gz`), property: name, day: measuredDay, shards, inFlight,
  }));
  const ours = (name: string): Promise<Loaded> => withCassandraCpu(parts, () => ingestOnce(world, client, name, measuredDay));
  try {
    const [mine, hand]: [Loaded[], Loaded[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      const work = [async () => mine.push(await ours(`normal-${round}`)), async () => hand.push(await byHand(`hand-${round}`))];
      for (const one of round % 2 === 0 ? work : work.toReversed()) await one();
      await assertSameRows(stores, measuredDay, `normal-${round}`, `hand-${round}`);
      log(`ingest round ${round + 1} of ${rounds}: ${rate(rows, mine.at(-1))} rows/s, by hand ${rate(rows, hand.at(-1))}`);
    }
    const large = await ours('larger');
    const megabytes = statSync(join(folder, `larger-${measuredDay}.csv.gz`)).size / 1e6;
    return [
      { bench: 'ingest', what: 'file → tables, rows/s against executeConcurrent row by row', value: ratioOf(mine, hand), unit: '×', aim: { atLeast: 2 }, note: `median of ${rounds} alternating rounds of ${rows} rows, LOCAL_QUORUM, commit log group` },
      lineOf('ingest', '  the ingest sequence on a worker', rows, mine),
      lineOf('ingest', `  executeConcurrent, ${inFlight} in flight, csv-parse`, rows, hand),
      { bench: 'ingest', what: '  CPU seconds, by hand / ingest (with Cassandra)', value: cpuRatioOf(mine, hand), unit: '×' },
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
