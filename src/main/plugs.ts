import { join } from 'node:path';
import { createFileSource } from '../connectors/files/file-source.ts';
import { createDataApi } from '../connectors/ga4/data-api.ts';
import { dayFigures } from '../connectors/ga4/day-figures.ts';
import { createGa4DataApiSource } from '../connectors/ga4/ga4-data-api-source.ts';
import { createGa4ExportSource } from '../connectors/ga4/ga4-export-source.ts';
import { createSequences } from '../connectors/temporal-sequences.ts';
import { tensorflowServing } from '../connectors/tensorflow-serving.ts';
import { createWebhook } from '../connectors/webhook.ts';
import { propertyOf, rollupOf, type Config } from '../config.ts';
import { readWalkForward, writeDataset } from '../models/dataset.ts';
import { createHealth } from './health.ts';
import { createPublisher } from './publishers.ts';
import { createRunner } from './runners.ts';
import { createRollupRunner } from './spark.ts';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Plugs } from '../../activities/plugs.ts';
import type { ActivitySource } from '../ports/activity-source.ts';
import type { RequestBudget } from '../ports/request-budget.ts';
import type { Stores } from './connect.ts';

/** The plugs of a worker: what the configuration chose for every socket. */
export function createPlugs({ config, stores, client, log }: { config: Config; stores: Stores; client: Client; log: Logger }): Plugs {
  const sourceOf = sourcesOf(config, stores.requestBudget);
  return {
    settingsOf: (property) => propertyOf(config, property),
    rollupSettingsOf: (property) => rollupOf(config, property),
    sourceOf,
    limits: { chunkRows: config.worker.chunkRows, daysAtOnce: config.worker.daysAtOnce, shardsAtOnce: config.worker.shardsAtOnce, maximumLiveWeeks: config.maximumLiveWeeks },
    activityStore: stores.activityStore,
    peopleStore: stores.peopleStore,
    reconciliations: stores.reconciliations,
    releaseStore: stores.releaseStore,
    rollupStore: stores.rollupStore,
    categoryStore: stores.categoryStore,
    seriesStore: stores.seriesStore,
    keyStore: stores.keyStore,
    keyVault: stores.keyVault,
    artifacts: stores.artifacts,
    datasets: { writeDataset, readWalkForward },
    runner: createRunner(config, stores.artifacts),
    rollupRunnerOf: rollupRunnersOf(config),
    modelService: tensorflowServing({ address: modelServerAddress(config), baseFolder: join(config.home, 'models'), localPath: (ref) => stores.artifacts.localPath(ref) }),
    publisher: createPublisher(config, stores, (sentence) => log.warn(sentence)),
    sequences: createSequences({ client, taskQueue: config.temporal.taskQueue }),
    notifier: createWebhook({ url: config.notify.webhook, log: ({ kind, property, subject, sentence }) => log.warn({ kind, property, subject }, sentence) }),
    health: createHealth({ config, client, stores, sourceOf, modelServerAddress: modelServerAddress(config) }),
    jobsFolder: join(config.home, 'jobs'),
    jobLogsFolder: join(config.home, 'logs', 'jobs'),
  };
}

/** The source of each property, made once. A person who asks once may do so without the budget that workers share. */
export function sourcesOf(config: Config, budget?: RequestBudget): (property: string) => ActivitySource {
  const sources = new Map<string, ActivitySource>();
  return (property) => {
    const known = sources.get(property);
    if (known) return known;
    const made = createSource(config, property, budget);
    sources.set(property, made);
    return made;
  };
}

/** The runner of each rollup's jobs, made once; none where the worker builds. */
function rollupRunnersOf(config: Config): Plugs['rollupRunnerOf'] {
  const runners = new Map(Object.entries(config.rollups).flatMap(([property, { engine }]) => (engine.kind === 'spark' ? [[property, createRollupRunner(config, engine)]] : [])));
  return (property) => runners.get(property) ?? null;
}

function createSource(config: Config, property: string, budget?: RequestBudget): ActivitySource {
  const { source, timeZone } = propertyOf(config, property);
  switch (source.kind) {
    case 'files':
      return createFileSource({
        property, timeZone, folder: source.folder, file: source.file, format: source.format, delimiter: source.delimiter,
        columns: source.columns, spool: join(config.home, 'spool', property),
      });
    case 'ga4-data-api':
      return createGa4DataApiSource({ property, timeZone, ...source, budget });
    case 'ga4-export': {
      const api = source.dataApi && createDataApi({ ...source.dataApi, credentials: source.credentials, budget, now: Date.now });
      return createGa4ExportSource({ property, timeZone, ...source, ...(api ? { reportedFigures: (day, call) => dayFigures(api, day, call?.signal) } : {}) });
    }
  }
}

export function modelServerAddress({ modelServer }: Config): string {
  return modelServer.address ?? `http://127.0.0.1:${modelServer.port}`;
}
