import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, Runtime, Worker, makeTelemetryFilterString, type LogEntry, type WorkerOptions } from '@temporalio/worker';
import { cacheFolder } from '../parts/cache.ts';
import { patiently, temporalIsAway, temporalOptions } from './connect.ts';
import { prebuiltBundle } from './bundle.ts';
import { DEPLOYMENT } from './deployment.ts';
import { watchLostVersions } from './lost-versions.ts';
import { partsElsewhere } from './stack.ts';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Activities } from '../../activities/index.ts';
import type { Config } from '../config.ts';

const PATIENCE_MS = 120_000;
/** Ticks and backfills that wait for days and weeks: some for days, each for the price of a timer. */
const JOINS_AT_ONCE = 1000;

export interface Workers {
  readonly buildId: string;
  stop(): void;
  readonly ended: Promise<void>;
}

/**
 * One worker a queue: steps and sequences, waiting for other sequences, heavy work one at a time, publishing, and schema changes one at a time. All
 * are one deployment version, the hash of the sequences, and it is made the current one.
 */
export async function startWorkers({ config, client, activities, log, sdkPort }: { config: Config; client: Client; activities: Activities; log: Logger; sdkPort: number }): Promise<Workers> {
  installRuntime(log, sdkPort);
  const { codePath, buildId } = await prebuiltBundle(join(cacheFolder(), 'bundles'));
  const { connection: options, namespace } = temporalOptions(config);
  const connection = await patiently(PATIENCE_MS, () => NativeConnection.connect(options), temporalIsAway(options.address));
  const queue = config.temporal.taskQueue;
  const shared = {
    connection, namespace, activities,
    // A heartbeat carries the cursor a retry resumes at: throttled as the SDK does by itself, a kill would redo twelve seconds of work.
    maxHeartbeatThrottleInterval: '200 milliseconds', defaultHeartbeatThrottleInterval: '200 milliseconds',
    shutdownGraceTime: '15 seconds', shutdownForceTime: '30 seconds',
    workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: DEPLOYMENT, buildId }, defaultVersioningBehavior: 'PINNED' },
  } satisfies Partial<WorkerOptions>;
  const sequences = { workflowBundle: { codePath } } satisfies Partial<WorkerOptions>;
  const workers = await Promise.all([
    Worker.create({ ...shared, ...sequences, taskQueue: queue, maxConcurrentActivityTaskExecutions: 16, maxCachedWorkflows: 200 }),
    Worker.create({ ...shared, taskQueue: `${queue}-joining`, maxConcurrentActivityTaskExecutions: JOINS_AT_ONCE }),
    Worker.create({ ...shared, taskQueue: `${queue}-compute`, maxConcurrentActivityTaskExecutions: 1 }),
    Worker.create({ ...shared, taskQueue: `${queue}-publish`, maxConcurrentActivityTaskExecutions: 4 }),
    Worker.create({ ...shared, ...sequences, taskQueue: `${queue}-tables`, maxConcurrentActivityTaskExecutions: 1, maxCachedWorkflows: 10 }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => connection.close());
  await makeCurrent(client, namespace, buildId);
  const stopping = new AbortController();
  await watchLostVersions({ client, namespace, taskQueue: queue, buildId, codePath, isOnlyWorker: !partsElsewhere(config).includes('temporal'), log, signal: stopping.signal });
  return {
    buildId,
    stop: () => {
      stopping.abort();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    ended,
  };
}

function installRuntime(log: Logger, sdkPort: number): void {
  const write = ({ level, message, meta }: LogEntry): void => log[level.toLowerCase() as 'info'](meta ?? {}, message);
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => write({ level, message, meta, timestampNanos: 0n }),
      trace: () => undefined, debug: () => undefined, info: () => undefined,
      warn: (message, meta) => log.warn(meta ?? {}, message),
      error: (message, meta) => log.error(meta ?? {}, message),
    },
    telemetryOptions: { metrics: { prometheus: { bindAddress: `127.0.0.1:${sdkPort}` } }, logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  });
}

/** The server learns of a version when its worker first polls, so this may take a moment. */
async function makeCurrent(client: Client, namespace: string, buildId: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName: DEPLOYMENT, buildId, ignoreMissingTaskQueues: true, allowNoPollers: false });
      return;
    } catch (error) {
      if (attempt >= 60) throw error;
      await sleep(250);
    }
  }
}
