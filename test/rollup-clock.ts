import { join } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities, type Plugs } from '../activities/index.ts';
import { rollupId } from '../src/domain/release/ids.ts';
import { applySchedules } from '../src/main/apply-schedules.ts';
import { prebuiltBundle } from '../src/main/bundle.ts';
import { cacheFolder } from '../src/parts/cache.ts';
import { schedulesOf } from '../src/schedules.ts';
import { makeCurrent } from './ingest-world.ts';
import { rollupWorld, type RollupWorld } from './rollup-world.ts';
import { eventually } from './stack.ts';
import { testTemporal, uniqueName, type TestTemporal } from './world.ts';
import type { RollupConfig } from '../src/config.ts';
import type { Level } from '../src/domain/rollup/bucket-name.ts';
import type { RollupSettings } from '../src/ports/rollup-settings.ts';
import type { RollupStore } from '../src/ports/rollup-store.ts';
import type { RollupFigures } from '../workflows/rollup-levels.ts';

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });

export interface ClockWorld extends RollupWorld {
  readonly property: string;
  readonly temporal: TestTemporal;
  /** One more worker of the queue, over another store where one is given; `told` collects what people are told. */
  startWorker(options?: { store?: RollupStore; told?: string[]; stepsAtOnce?: number }): Promise<{ stop(): Promise<void> }>;
  /** Makes up for all strokes of a schedule in (from, to], in seconds; at most 500 of them, because its buffer holds 1,000. */
  backfill(what: Level, from: number, to: number, overlap?: 'BUFFER_ALL' | 'ALLOW_ALL'): Promise<void>;
  /** Nominal times of the strokes of a schedule that are over, and how many of them failed; waits until there are so many. */
  strokes(what: Level, count: number, withinMs?: number): Promise<{ nominal: string[]; failed: number }>;
  figuresOf(what: Level, nominal: string): Promise<RollupFigures>;
}

/** A rollup of its own with its real schedules, paused, on the real server, over the real store and steps. */
export async function clockWorld(different: Partial<RollupSettings> = {}): Promise<ClockWorld> {
  const property = `rollup-${uniqueName()}`;
  const [world, temporal, { codePath }] = await Promise.all([rollupWorld(different), testTemporal(), prebuiltBundle(join(cacheFolder(), 'bundles'), new DefaultLogger('ERROR'))]);
  const { client, taskQueue } = temporal;
  const config = { ...world.settings, schedules: { paused: true, note: 'its data is made up' } } as RollupConfig;
  const apply = (rollups: Record<string, RollupConfig>) => applySchedules({ client, lines: schedulesOf({ properties: {}, rollups }), taskQueue });
  const running = new Set<{ stop(): Promise<void> }>();
  await apply({ [property]: config });
  return {
    ...world, property, temporal,
    async startWorker({ store = world.rollupStore, told = [], stepsAtOnce = 16 } = {}) {
      // Two workers of one queue are two processes elsewhere: here each has a connection of its own.
      const connection = await NativeConnection.connect({ address: temporal.address });
      const notifier = { tell: async ({ sentence }: { sentence: string }) => void told.push(sentence) };
      const worker = await Worker.create({
        connection, taskQueue, workflowBundle: { codePath }, activities: createActivities({ ...world.plugs, rollupStore: store, notifier } as unknown as Plugs), maxConcurrentActivityTaskExecutions: stepsAtOnce, shutdownForceTime: '5 seconds',
        workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: taskQueue, buildId: 'test' }, defaultVersioningBehavior: 'PINNED' },
      });
      const ended = worker.run();
      const one = {
        async stop() {
          running.delete(one);
          worker.shutdown();
          await ended;
          await connection.close();
        },
      };
      running.add(one);
      await makeCurrent(temporal);
      return one;
    },
    async backfill(what, from, to, overlap = 'BUFFER_ALL') {
      await client.schedule.getHandle(rollupId(property, what)).backfill({ start: new Date((from + 30) * 1000), end: new Date((to + 30) * 1000), overlap });
    },
    async strokes(what, count, withinMs = 600_000) {
      const all = `WorkflowType = 'rollup' AND Property = '${property}' AND RunKind = 'rollup-${what}'`;
      const over = `${all} AND ExecutionStatus != 'Running'`;
      await eventually(async () => (await client.workflow.count(over)).count >= count, withinMs, `${count} strokes of each ${what}`);
      const nominal: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: over })) nominal.push(workflowId.slice(-20));
      return { nominal: nominal.sort(), failed: (await client.workflow.count(`${all} AND ExecutionStatus = 'Failed'`)).count };
    },
    figuresOf: (what, nominal) => client.workflow.getHandle(`${rollupId(property, what)}-${nominal}`).result() as Promise<RollupFigures>,
    async dispose() {
      await apply({});
      await Promise.all([...running].map((worker) => worker.stop()));
      await temporal.dispose();
      await world.dispose();
    },
  };
}
