import { join } from 'node:path';
import { createActivities } from '../../activities/index.ts';
import { readConfig } from '../config.ts';
import { readHealth } from './read-health.ts';
import { listModels } from '../connectors/tensorflow-serving/list-models.ts';
import { connectStores, connectTemporal, patiently } from './connect.ts';
import { createPlugs } from './plugs.ts';
import { startWorkers } from './workers.ts';
import { createLog } from './log.ts';
import { freePorts } from '../parts/free-ports.ts';
import { sweepLeftovers } from './sweep-leftovers.ts';
import { serveWorkerMetrics } from './worker-metrics.ts';

/** PROGRAM: the worker. Runs every sequence and every step of one configuration until it is told to stop. */
const PATIENCE_MS = 120_000;
const SWEEP_MS = 5 * 60_000;
/** A scrape does not wait longer for what Temporal knows. */
const HEALTH_MS = 5000;

const config = readConfig(process.env);
const log = createLog('worker');
const { client, dispose: closeClient } = await connectTemporal(config, PATIENCE_MS);
const stores = await patiently(PATIENCE_MS, () => connectStores(config), 'the stores cannot be opened');
for (const [property, { timeZone, shards, calendar }] of Object.entries(config.properties)) {
  await stores.activityStore.registerProperty({ property, shardCount: shards, calendar: { ...calendar, timeZone } });
}
for (const [property, { timeZone, shards, firstDay }] of Object.entries(config.rollups)) {
  await stores.activityStore.registerProperty({ property, shardCount: shards, calendar: { timeZone, firstDay, closedWeekdays: [], closedDays: [] } });
}
const swept = await sweepLeftovers(config.home, Date.now());
if (swept > 0) log.info({ swept }, 'removed what earlier runs had left half-made or unused');
await listModels(join(config.home, 'models')); // tensorflow_model_server does not start without it
const plugs = createPlugs({ config, stores, client, log });
if (config.worker.queues.includes('compute')) {
  await sweepJobs();
  setInterval(() => void sweepJobs(), SWEEP_MS).unref();
}
let isReady = false;
const sdkPort = (await freePorts({ count: 1 }))[0]!; // one was asked for
const metrics = await serveWorkerMetrics({ config, stores, readHealth: () => readHealth(client, config.temporal.taskQueue, HEALTH_MS), isReady: () => isReady, sdkMetrics: async () => (await fetch(`http://127.0.0.1:${sdkPort}/metrics`)).text() });
const workers = await startWorkers({ config, client, activities: createActivities(plugs), log, sdkPort });
isReady = true;
process.stdout.write(`worker ready, version ${workers.buildId}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => workers.stop());
await workers.ended;
await metrics.stop();
await stores.dispose();
await closeClient();
process.exit(); // the driver of Cassandra may still be reconnecting to a node that is away

/** What a dead worker left may be waiting for its retry, so it is looked at again and again. A runner that is away is no reason not to work. */
async function sweepJobs(): Promise<void> {
  try {
    const orphans = await plugs.runner.sweep();
    if (orphans.length > 0) log.warn({ orphans }, 'ended jobs whose worker is gone');
  } catch (error) {
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'jobs of dead workers could not be looked for');
  }
}
