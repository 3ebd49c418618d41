import { gzipSync } from 'node:zlib';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, Worker } from '@temporalio/worker';
import { createActivities, type Plugs } from '../activities/index.ts';
import { createFileSource, type FileSourceOptions } from '../src/connectors/files/file-source.ts';
import { prebuiltBundle } from '../src/main/bundle.ts';
import { cacheFolder } from '../src/parts/cache.ts';
import { reconcileId } from '../src/domain/release/ids.ts';
import { createActivityStore } from '../src/stores/cassandra/activity-store.ts';
import { activityTables } from '../src/stores/cassandra/activity-tables.ts';
import { createReconciliationStore, reconciliationTables } from '../src/stores/cassandra/reconciliation-store.ts';
import { requestBudgetTables } from '../src/stores/cassandra/request-budget.ts';
import { testCassandra, testFolder, testTemporal, uniqueName, type TestTemporal } from './world.ts';
import type { IngestPlugs } from '../activities/ingest/ingest-plugs.ts';
import type { DayOutcome } from '../activities/ingest/day-outcome.ts';
import type { Cassandra } from '../src/stores/cassandra/connection.ts';
import type { ActivitySource } from '../src/ports/activity-source.ts';
import type { ActivityStore } from '../src/ports/activity-store.ts';
import type { PropertySettings } from '../src/ports/settings.ts';

export const shopColumns = {
  user: { column: 'customer', as: 'integer' },
  time: { column: 'at', format: 'YYYY-MM-DD HH:mm:ss' },
  name: { column: 'invoice', startsWith: { C: 'cancellation' }, otherwise: 'purchase' },
  value: { multiply: ['quantity', 'price'] },
  group: { column: 'invoice' },
} as const;

/** Settings of a shop that is open every day; what a test does not care about is as the configuration has it. */
export function shopSettings(changes: Partial<PropertySettings> = {}): PropertySettings {
  return {
    timeZone: 'Europe/London',
    shards: 4,
    calendar: { firstDay: '2011-01-01', closedWeekdays: [], closedDays: [] },
    churn: { horizonDays: 60, minimumHistoryDays: 21, minimumEvents: 2, label: { kind: 'horizon' }, trainOn: 'pooled-snapshots', maximumSnapshotWeeks: 104 },
    checks: { badRowShare: 0.05, lowVolumeShare: 0.05, volumeHistoryDays: 5, emptyDays: 'hold', reconciliation: { people: 0.03, sessions: 0.05, events: 0.02 } },
    training: { seed: 1, evaluationSnapshots: 8, l2: 10, dense: false, denseEpochs: 1, timeoutMinutes: 1, memoryMb: 512 },
    approval: 'auto',
    finality: 'final',
    keepServing: 8,
    schedules: { ingestAt: '04:00', lookBackDays: 3, lateAfterHours: 6 },
    ...changes,
  };
}

/** A shop's CSV of `rows` purchases on `day`, from 08:00 on, one a second. */
export function shopCsv(day: string, rows: number, extra: readonly string[] = []): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const second = 8 * 3600 + (index % 50_000);
    const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
    return `I${1000 + Math.floor(index / 3)},${(index % 7) + 1},${day} ${clock},2.5,${10_000 + (index % 97)}.0`;
  });
  return ['invoice,quantity,at,price,customer', ...lines, ...extra, ''].join('\n');
}

/** What a test changes of the plugs. */
export interface PlugChanges {
  readonly source?: Partial<FileSourceOptions>;
  readonly settings?: Partial<PropertySettings>;
  readonly chunkRows?: number;
  readonly activityStore?: ActivityStore;
  /** Another source than the folder of files. */
  readonly activitySource?: ActivitySource;
}

/** Everything a day needs on real parts: a folder of files, a store, a worker that can be started, and a way to ask for a day. */
export async function ingestWorld() {
  const files = await testFolder();
  const store = await testCassandra([...activityTables, ...reconciliationTables, ...requestBudgetTables]);
  const temporal = await testTemporal();
  const property = 'shop';
  const folder = join(files.folder, 'files');
  await mkdir(folder);
  const { codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles'), new DefaultLogger('WARN'));
  const announced: string[] = [];
  const sourceOptions = (changes: Partial<FileSourceOptions> = {}): FileSourceOptions => ({
    property, timeZone: 'Europe/London', folder, file: '{day}.csv.gz', format: 'csv', columns: shopColumns, spool: join(files.folder, 'spool'), ...changes,
  });

  const plugsOf = (changes: PlugChanges = {}): IngestPlugs => {
    const source = changes.activitySource ?? createFileSource(sourceOptions(changes.source));
    return {
      settingsOf: () => shopSettings(changes.settings),
      sourceOf: () => source,
      limits: { chunkRows: changes.chunkRows ?? 500, daysAtOnce: 2, shardsAtOnce: 2, maximumLiveWeeks: 26 },
      activityStore: changes.activityStore ?? createActivityStore({ cassandra: store.cassandra }),
      // No week is live here, so all that a settled day touches is the announcement.
      sequences: { announceDay: async (_property: string, day: string) => void announced.push(day) } as unknown as IngestPlugs['sequences'],
      reconciliations: createReconciliationStore(store.cassandra),
      releaseStore: { listWeeks: async () => [] } as unknown as IngestPlugs['releaseStore'],
      artifacts: {} as IngestPlugs['artifacts'],
    };
  };
  return {
    property,
    folder,
    announced,
    cassandra: store.cassandra as Cassandra,
    plugsOf,
    sourceOptions,
    put: (day: string, csv: string) => writeFile(join(folder, `${day}.csv.gz`), gzipSync(csv)),
    /** Runs `ingest` for these days, one after the other, with a worker of these plugs; final days of a source with a report are compared before the worker ends. */
    async ingest(days: readonly string[], plugs: IngestPlugs): Promise<DayOutcome[]> {
      const worker = await Worker.create({
        connection: temporal.connection,
        taskQueue: temporal.taskQueue,
        workflowBundle: { codePath },
        activities: createActivities(plugs as Plugs), // what other steps need is asked for when they run
        maxHeartbeatThrottleInterval: '50 milliseconds',
        workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: temporal.taskQueue, buildId: 'test' }, defaultVersioningBehavior: 'PINNED' },
      });
      return worker.runUntil(async () => {
        await makeCurrent(temporal);
        const outcomes: DayOutcome[] = [];
        for (const day of days) {
          const outcome = (await temporal.client.workflow.execute('ingest', { taskQueue: temporal.taskQueue, workflowId: `ingest/${property}-${uniqueName()}/${day}`, args: [{ property, day }] })) as DayOutcome;
          if (outcome.state === 'final' && plugs.sourceOf(property).reportedFigures) await temporal.client.workflow.getHandle(reconcileId(property, day, outcome.generation)).result();
          outcomes.push(outcome);
        }
        return outcomes;
      });
    },
    async dispose() {
      await temporal.dispose();
      await store.dispose();
      await files.dispose();
    },
  };
}

/** Sequences state a versioning behaviour, so their worker must be a version, and the current one. The server learns of it at the worker's first poll. */
export async function makeCurrent({ client, taskQueue }: TestTemporal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName: taskQueue, buildId: 'test', ignoreMissingTaskQueues: true });
      return;
    } catch (error) {
      if (attempt >= 60) throw error;
      await sleep(250);
    }
  }
}

export type IngestWorld = Awaited<ReturnType<typeof ingestWorld>>;
