import { join } from 'node:path';
import { NativeConnection, Runtime, Worker, makeTelemetryFilterString, type LogEntry, type WorkerOptions } from '@temporalio/worker';
import { cacheFolder } from '../parts/cache.ts';
import { patiently, temporalIsAway, temporalOptions } from './connect.ts';
import { prebuiltBundle } from './bundle.ts';
import { DEPLOYMENT, DRAIN_SECONDS } from './deployment.ts';
import { leadVersion } from './lead-version.ts';
import { SILENT_MS, watchLostVersions } from './lost-versions.ts';
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
 * One worker for each queue of the configuration: steps and sequences (and waiting for other sequences), heavy work one at a
 * time, publishing, and schema changes one at a time. All are one deployment version, the hash of the sequences, and it leads if
 * it is new.
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
    shutdownGraceTime: '15 seconds', shutdownForceTime: `${DRAIN_SECONDS} seconds`,
    workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: DEPLOYMENT, buildId }, defaultVersioningBehavior: 'PINNED' },
  } satisfies Partial<WorkerOptions>;
  const sequences = { workflowBundle: { codePath } } satisfies Partial<WorkerOptions>;
  const ofQueue = {
    sequences: [
      { ...sequences, taskQueue: queue, maxConcurrentActivityTaskExecutions: 16, maxCachedWorkflows: 200 },
      { taskQueue: `${queue}-joining`, maxConcurrentActivityTaskExecutions: JOINS_AT_ONCE },
    ],
    compute: [{ taskQueue: `${queue}-compute`, maxConcurrentActivityTaskExecutions: 1 }],
    publish: [{ taskQueue: `${queue}-publish`, maxConcurrentActivityTaskExecutions: 4 }],
    tables: [{ ...sequences, taskQueue: `${queue}-tables`, maxConcurrentActivityTaskExecutions: 1, maxCachedWorkflows: 10 }],
  } satisfies Record<Config['worker']['queues'][number], (Partial<WorkerOptions> & Pick<WorkerOptions, 'taskQueue'>)[]>;
  const workers = await Promise.all(config.worker.queues.flatMap((name) => ofQueue[name]).map((options) => Worker.create({ ...shared, ...options })));
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => connection.close());
  const stopping = new AbortController();
  // A version leads once it can run sequences: made current by another worker of it, theirs would wait for one that can.
  if (config.worker.queues.includes('sequences')) {
    const of = { client, namespace, taskQueue: queue, buildId, isOnlyWorker: !partsElsewhere(config).includes('temporal'), log, signal: stopping.signal };
    await leadVersion({ ...of, deploymentName: DEPLOYMENT, silentMs: SILENT_MS, onLead: () => watchLostVersions({ ...of, codePath }) });
  }
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
