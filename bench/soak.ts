import { setTimeout as sleep } from 'node:timers/promises';
import { takeInReadings } from '../activities/rollup/take-in-readings.ts';
import { rollupOf } from '../src/config.ts';
import { bucketAt, spanOf } from '../src/domain/rollup/bucket-name.ts';
import { fullWorld, readingsAt } from '../src/domain/rollup/generator.ts';
import { applySchedules } from '../src/main/apply-schedules.ts';
import { connectStores, connectTemporal } from '../src/main/connect.ts';
import { schedulesOf } from '../src/schedules.ts';
import { median, quantile, type Figure } from './measure.ts';
import { workerWorld } from './worker.ts';
import type { BenchParts } from './parts.ts';

const PROPERTY = 'soak';
const LONGEST_LAG_MS = 120_000;

/**
 * 1,254 readings each second, by the clock on the wall, into a worker whose schedules close each minute as it ends. The lag of a minute is
 * from its end until all its shards are sealed; the minute in which the soak begins and full hours, which are built with more, are left out.
 */
export async function benchSoak(parts: BenchParts, { minutes }: { minutes: number }, log: (line: string) => void): Promise<Figure[]> {
  const firstDay = bucketAt('day', Date.now() / 1000, 'UTC');
  const world = await workerWorld(parts, 'soak', {}, { [PROPERTY]: { firstDay, platforms: fullWorld.platforms } });
  const { client, dispose } = await connectTemporal(world.config);
  const stores = await connectStores(world.config);
  const worker = await world.startWorker();
  const { shards } = rollupOf(world.config, PROPERTY);
  const takeIn = takeInReadings({ rollupStore: stores.rollupStore, rollupSettingsOf: () => rollupOf(world.config, PROPERTY) });
  const [lags, memory, behind]: [number[], number[], number[]] = [[], [], []];
  try {
    const from = Math.ceil((Date.now() / 1000 + 2) / 60) * 60;
    const to = from + minutes * 60;
    await sleep(from * 1000 - Date.now());
    await applySchedules({ client, lines: schedulesOf(world.config), taskQueue: world.config.temporal.taskQueue });
    const watched: Promise<void>[] = [];
    for (let second = from; second < to; second += 1) {
      await sleep(Math.max(0, (second + 1) * 1000 - Date.now()));
      const taken = await takeIn(PROPERTY, readingsAt({ seed: 7, ...fullWorld }, second));
      behind.push((Date.now() - (second + 1) * 1000) / 1000);
      if (taken.aside > 0) throw new Error(`${taken.aside} readings of second ${second} came too late`);
      memory.push(worker.memoryMiB());
      if ((second + 1) % 60 === 0 && (second + 1) % 3600 !== 0) watched.push(lagOf(stores.rollupStore, bucketAt('minute', second, 'UTC'), shards).then((lag) => { lags.push(lag); log(`soak: minute ${lags.length} of ${minutes} after ${lag.toFixed(1)} s, worker ${Math.round(memory.at(-1) ?? 0)} MiB`); }));
    }
    await Promise.all(watched);
    const third = Math.max(1, Math.floor(memory.length / 3));
    const [early, end] = [median(memory.slice(0, third)), median(memory.slice(-third))];
    return [
      { bench: 'soak', what: 'lag of minutes behind their end, p99', value: quantile(lags, 0.99), unit: 's', aim: { atMost: 10 }, note: `${minutes} minutes of ${fullWorld.members * fullWorld.platforms.length} readings/s` },
      { bench: 'soak', what: '  p50', value: median(lags), unit: 's' },
      { bench: 'soak', what: '  readings stored behind their second, p99', value: quantile(behind, 0.99), unit: 's' },
      { bench: 'soak', what: 'memory of the worker, last third against first', value: end / early, unit: '×', aim: { atMost: 1.2 }, peakMiB: worker.peakMiB(), cpuSeconds: worker.cpuSeconds(), note: `${Math.round(early)} MiB, ${Math.round(end)} MiB` },
    ];
  } finally {
    await applySchedules({ client, lines: [], taskQueue: world.config.temporal.taskQueue });
    await worker.stop();
    await stores.dispose();
    await dispose();
  }
}

async function lagOf(store: Awaited<ReturnType<typeof connectStores>>['rollupStore'], minute: string, shards: number): Promise<number> {
  const end = spanOf(minute, 'UTC').to * 1000;
  while ((await store.readSeals(PROPERTY, 'minute', [minute])).length < shards) {
    if (Date.now() - end > LONGEST_LAG_MS) throw new Error(`minute ${minute} is not sealed two minutes after its end`);
    await sleep(50);
  }
  return (Date.now() - end) / 1000;
}
