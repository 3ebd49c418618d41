import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { createAlmanac, type Almanac } from '../src/client.ts';
import { propertyOf, type Config } from '../src/config.ts';
import { emptyChecksum } from '../src/domain/activity/checksum.ts';
import { daysFromTo } from '../src/domain/calendar/day.ts';
import { revisionId, weekId } from '../src/domain/release/ids.ts';
import { connectStores, connectTemporal, type Stores } from '../src/main/connect.ts';
import { sourcesOf } from '../src/main/plugs.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../test/small-shop.ts';
import { coveredMs, timesOf } from './history.ts';
import { cpuSecondsOf, type Figure } from './measure.ts';
import { inWaves } from '../workflows/waves.ts';
import { workerWorld, type WorkerWorld } from './worker.ts';
import type { Client } from '@temporalio/client';
import type { BenchParts } from './parts.ts';

const more = 10;
const { firstDay, lastDay, lastWeek: week } = SMALL_SHOP;

interface Extraction {
  readonly events: number;
  readonly shardSeconds: number;
  readonly cpuSeconds: number;
  readonly cassandraCpuSeconds: number;
  readonly peakMiB: number;
}

/** The stage `extract` of a real week, with one and with ten times the people, each on a worker that has done nothing before. */
export async function benchExtract(parts: BenchParts, { people }: { people: number }, log: (line: string) => void): Promise<Figure[]> {
  const sizes = { few: people, many: people * more };
  for (const [name, count] of Object.entries(sizes)) writeSmallShop(join(parts.home, `shop-${name}`), { people: count });
  const world = await workerWorld(parts, 'extract', Object.fromEntries(Object.keys(sizes).map((name) => [name, smallShopProperty(join(parts.home, `shop-${name}`))])));
  const { client, dispose } = await connectTemporal(world.config);
  const stores = await connectStores(world.config);
  const almanac = createAlmanac({ client, taskQueue: world.config.temporal.taskQueue });
  try {
    const rows = { few: await fillStore(world.config, stores, 'few'), many: await fillStore(world.config, stores, 'many') };
    const measure = async (name: 'few' | 'many'): Promise<Extraction> => {
      const extraction = await extractOnce(parts, world, client, almanac, name, rows[name]);
      log(`extract ${sizes[name]} people: ${extraction.events} events in ${extraction.shardSeconds.toFixed(1)} s, ${extraction.peakMiB.toFixed(0)} MiB`);
      return extraction;
    };
    const [few, many] = [await measure('few'), await measure('many')];
    return [
      { bench: 'extract', what: `events/s, ${sizes.many} people`, value: many.events / many.shardSeconds, unit: 'events/s', cpuSeconds: many.cpuSeconds, cassandraCpuSeconds: many.cassandraCpuSeconds, peakMiB: many.peakMiB, note: `${many.events} events of 84 days, 4 shards, 2 at once` },
      { bench: 'extract', what: `  the same, ${sizes.few} people`, value: few.events / few.shardSeconds, unit: 'events/s', cpuSeconds: few.cpuSeconds, cassandraCpuSeconds: few.cassandraCpuSeconds, peakMiB: few.peakMiB },
      { bench: 'extract', what: `peak memory of the worker, ${more}× people / 1×`, value: many.peakMiB / few.peakMiB, unit: '×', aim: { atMost: 1.2 } },
    ];
  } finally {
    await stores.dispose();
    await dispose();
  }
}

/** Fills the store with the property's days as ingest does, without its sequence; returns how many events they hold. */
async function fillStore(config: Config, { activityStore }: Stores, property: string): Promise<number> {
  const { shards, timeZone, calendar } = propertyOf(config, property);
  const source = sourcesOf(config)(property);
  await activityStore.registerProperty({ property, shardCount: shards, calendar: { ...calendar, timeZone } });
  const rows = await inWaves(daysFromTo(firstDay, lastDay), 4, async (day) => {
    const look = await source.look(day);
    if (look.state !== 'present') throw new Error(`the file of ${day} is ${look.state}`);
    const { sourceVersion } = look;
    const { generation } = await activityStore.claimGeneration({ property, day, sourceVersion, mappingHash: source.mappingHash });
    const key = { property, day, generation };
    const counts = { rows: 0, people: 0, anonymous: 0, quarantined: 0 };
    for await (const chunk of source.read(day, { sourceVersion, from: 0, batchRows: 5000 })) {
      const events = chunk.flatMap((row) => (row.kind === 'event' ? [{ ...row.event, eventKey: row.eventKey, payload: row.payload }] : []));
      counts.rows += events.length;
      await activityStore.writeEvents(key, shards, events);
    }
    await activityStore.sealGeneration({ ...key, ...counts, state: 'final', reason: null, sourceVersion, mappingHash: source.mappingHash, bytes: look.bytes, bytesBilled: 0, checksum: emptyChecksum, eventNames: null, checks: [] });
    await activityStore.moveCurrent({ ...key, expected: 0, state: 'final', reason: null });
    return counts.rows;
  });
  return rows.reduce((sum, count) => sum + count, 0);
}

async function extractOnce(parts: BenchParts, world: WorkerWorld, client: Client, almanac: Almanac, property: string, events: number): Promise<Extraction> {
  const worker = await world.startWorker();
  try {
    const before = [worker.cpuSeconds(), cpuSecondsOf(parts.cassandra.pid)] as const;
    await almanac.weeks.run(property, week);
    while (!(await isExtracted(almanac, property))) await sleep(50);
    const measured = { cpuSeconds: worker.cpuSeconds() - before[0], cassandraCpuSeconds: cpuSecondsOf(parts.cassandra.pid) - before[1], peakMiB: worker.peakMiB() };
    const { activities } = await timesOf(client, revisionId(property, week, 1));
    // What comes after the stage is not measured here.
    await client.workflow.getHandle(weekId(property, week)).terminate('measured');
    await client.workflow.getHandle(revisionId(property, week, 1)).terminate('measured').catch(() => undefined);
    return { events, shardSeconds: coveredMs(activities.filter(({ name }) => name === 'extractShards')) / 1000, ...measured };
  } finally {
    await worker.stop();
  }
}

async function isExtracted(almanac: Almanac, property: string): Promise<boolean> {
  const status = await almanac.weeks.status(property, week);
  if (status?.phase === 'failed') throw new Error(`week ${week} of ${property} failed: ${status.sentence}`);
  return status?.stages.some(({ stage, state }) => stage === 'extract' && state === 'done') ?? false;
}
