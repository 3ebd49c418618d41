import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { prebuiltBundle } from '../../src/main/bundle.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { eventually } from '../stack.ts';
import { testTemporal, uniqueName } from '../world.ts';
import { cannedSteps } from './canned-steps.ts';
import { storyOf } from './story.ts';
import type { Client } from '@temporalio/client';
import type { Activities } from '../../activities/index.ts';

/** One call of a step, as the worker saw it. */
export interface Call {
  readonly step: string;
  readonly input: Record<string, unknown>;
}

export interface SequenceWorld {
  readonly client: Client;
  readonly address: string;
  readonly taskQueue: string;
  /** A new property named for the path that the test walks; these steps stand in for the usual ones. */
  property(path: string, steps?: Partial<Activities>): string;
  /** Every call of a step for a property, in order. */
  calls(property: string): readonly Call[];
  /** What the sequences of a property warned of: sentence and, in brackets, the error. */
  warnings(property: string): readonly string[];
  /** What happened in a workflow, from its history on the server. */
  story(workflowId: string, runId?: string): Promise<string[]>;
  /** Only the names of its steps, in the order in which they were scheduled. */
  steps(workflowId: string, runId?: string): Promise<string[]>;
  /** Workers of another version beside those that are there (`now`); it is the current one from then on. */
  upgrade(buildId: string): Promise<void>;
  dispose(): Promise<void>;
}

/** Steps that a worker takes side by side, as in the product. */
export const STEPS_AT_ONCE = 16;

/** Where the histories go when they are recorded: see test/histories/record.ts. */
const RECORD_INTO = process.env.ALMANAC_RECORD_HISTORIES;
const histories = globSync('*.json.gz', { cwd: resolve(import.meta.dirname, '../histories') });

/** What a sequence warned of, by its property; errors go where they always go. */
const warned = new Map<string, string[]>();
const errors = new DefaultLogger('ERROR');
const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
  const { property, error } = (meta ?? {}) as { property?: string; error?: string };
  if (level === 'WARN' && property !== undefined) warned.set(property, [...(warned.get(property) ?? []), `${message} (${error})`]);
  else errors.log(level, message, meta);
});
Runtime.install({ shutdownSignals: [], logger, telemetryOptions: { logging: { forward: {} } } });

/** The real sequences on the real server, over steps that only answer: one worker a queue, as in the product. */
export async function sequenceWorld(): Promise<SequenceWorld> {
  const temporal = await testTemporal();
  const { client, connection, taskQueue } = temporal;
  const { codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles'), new DefaultLogger('ERROR'));
  const fakes = new Map<string, Partial<Activities>>();
  const calls = new Map<string, Call[]>();
  const paths = new Set<string>();
  const activities = Object.fromEntries([...Object.keys(cannedSteps), 'default'].map((name) => [name, async (input: Record<string, unknown>) => {
    const step = Context.current().info.activityType;
    if (!(step in cannedSteps)) throw ApplicationFailure.nonRetryable(`nothing stands in for the step ${step}: give it its usual answer in test/sequences/canned-steps.ts`);
    const property = Context.current().info.workflowExecution!.workflowId.split('/')[1]!; // every step here is a workflow's
    calls.set(property, [...(calls.get(property) ?? []), { step, input }]);
    const answer = (fakes.get(property) ?? {})[step as keyof Activities] ?? cannedSteps[step as keyof typeof cannedSteps];
    return await (answer as (input: unknown) => Promise<unknown>)(input);
  }]));
  const workers: Worker[] = [];
  const ended: Promise<void>[] = [];
  const startVersion = async (buildId: string): Promise<void> => {
    const version = { deploymentName: taskQueue, buildId };
    const shared: Omit<WorkerOptions, 'taskQueue'> = {
      connection, activities, maxHeartbeatThrottleInterval: '100 milliseconds', shutdownForceTime: '5 seconds',
      workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'PINNED' },
    };
    const sequences = { workflowBundle: { codePath } };
    const started = await Promise.all([
      Worker.create({ ...shared, ...sequences, taskQueue, maxConcurrentActivityTaskExecutions: STEPS_AT_ONCE }),
      ...['-joining', '-compute', '-publish'].map((queue) => Worker.create({ ...shared, taskQueue: taskQueue + queue })),
      Worker.create({ ...shared, ...sequences, taskQueue: `${taskQueue}-tables`, maxConcurrentActivityTaskExecutions: 1 }),
    ]);
    workers.push(...started);
    ended.push(...started.map((worker) => worker.run()));
    await makeCurrent(client, version);
  };
  await startVersion('now');

  const history = (workflowId: string, runId?: string) => client.workflow.getHandle(workflowId, runId).fetchHistory();
  const story = async (workflowId: string, runId?: string): Promise<string[]> => storyOf(await history(workflowId, runId));
  return {
    client, address: temporal.address, taskQueue, story,
    upgrade: startVersion,
    property(path, steps = {}) {
      paths.add(path);
      const property = `${path}-${uniqueName()}`;
      fakes.set(property, steps);
      return property;
    },
    calls: (property) => calls.get(property) ?? [],
    warnings: (property) => warned.get(property) ?? [],
    steps: async (workflowId, runId) => (await story(workflowId, runId)).filter((line) => !line.includes(' ')),
    async dispose() {
      if (RECORD_INTO !== undefined) await record(client, taskQueue, RECORD_INTO);
      await endAll(client, taskQueue);
      for (const worker of workers) worker.shutdown();
      await Promise.all(ended);
      await temporal.dispose();
      if (RECORD_INTO === undefined) assert.deepEqual([...paths].filter((path) => !isRecorded(path)), [], 'paths without a recorded history, which no replay protects: node test/histories/record.ts');
    },
  };
}

/** Never answers: ends when the step is cancelled. */
export async function untilCancelled(): Promise<never> {
  for (;;) {
    Context.current().heartbeat();
    await Promise.race([Context.current().cancelled, sleep(100)]);
  }
}

/** The server learns of a version when its worker first polls. */
async function makeCurrent(client: Client, { deploymentName, buildId }: { deploymentName: string; buildId: string }): Promise<void> {
  await eventually(async () => {
    try {
      return await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace: client.options.namespace, deploymentName, buildId, ignoreMissingTaskQueues: true });
    } catch {
      return null;
    }
  }, 30_000, `the server knows ${deploymentName}`);
}

/** What still runs would wait for its worker on a server that other tests share. */
async function endAll(client: Client, taskQueue: string): Promise<void> {
  for (const queue of [taskQueue, `${taskQueue}-tables`]) {
    for await (const { workflowId } of client.workflow.list({ query: `TaskQueue = '${queue}' AND ExecutionStatus = 'Running'` })) {
      await client.workflow.getHandle(workflowId).terminate('the test is over').catch((error: Error) => {
        if (error.name !== 'WorkflowNotFoundError') throw error; // its parent's end was its own
      });
    }
  }
}

/** Has some sequence a recorded history on this path? */
function isRecorded(path: string): boolean {
  return histories.some((file) => file.endsWith(`.${path}.json.gz`));
}

/**
 * Every run of these queues as `<workflow>.<path>[-<run>].json.gz`, without what makes two recordings differ in name. A
 * workflow's path that is recorded already stays as it is: such runs may be under way.
 */
async function record(client: Client, taskQueue: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const before = new Set(globSync('*.json.gz', { cwd: folder }));
  const taken = new Map<string, number>();
  for (const queue of [taskQueue, `${taskQueue}-tables`]) {
    const runs = [];
    for await (const run of client.workflow.list({ query: `TaskQueue = '${queue}'` })) runs.push(run);
    runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    for (const { workflowId, runId, type } of runs) {
      const path = (workflowId.split('/')[1] ?? '').replace(/-[0-9a-f]{12}$/, '');
      const name = `${type}.${path}`;
      taken.set(name, (taken.get(name) ?? 0) + 1);
      const count = taken.get(name)!; // just set
      if (count > 1 && ['weekTable', 'seriesTable', 'rollup'].includes(type)) continue; // all alike
      if (before.has(`${name}.json.gz`)) continue;
      const json = anonymous(historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory()));
      writeFileSync(join(folder, `${name}${count > 1 ? `-${count}` : ''}.json.gz`), gzipSync(JSON.stringify({ workflowId, history: JSON.parse(json) }), { level: 9 }));
    }
  }
}

/** Who did it, and where in which file it failed, name the machine that recorded. */
function anonymous(json: string): string {
  return json.replaceAll(/"identity":\s*"[^"]*"/g, '"identity":"test"').replaceAll(`@${hostname()}`, '@test').replaceAll(/"stackTrace":\s*"(?:[^"\\]|\\.)+"/g, '"stackTrace":"not recorded"');
}
