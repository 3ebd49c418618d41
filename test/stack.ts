import { randomBytes, randomInt } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createAlmanac, type Almanac } from '../src/client.ts';
import { readConfig, type Config } from '../src/config.ts';
import { connectStores, connectTemporal, type Stores } from '../src/main/connect.ts';
import { startStack } from '../src/main/stack.ts';
import { assertPortFree } from '../src/parts/port-owner.ts';
import { createSupervisor, type Supervisor } from '../src/parts/supervisor.ts';
import type { Client } from '@temporalio/client';
import type { ObtainedParts } from '../src/parts/obtain-all.ts';

export interface TestStack {
  readonly config: Config;
  readonly home: string;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly client: Client;
  readonly almanac: Almanac;
  readonly stores: Stores;
  readonly supervisor: Supervisor;
  /** The name a property has in this stack: ids are shared by all stacks on one server. */
  named(property: string): string;
  stop(): Promise<void>;
}

export interface TestStackOptions {
  /** By short name; each gets a suffix of its own. */
  readonly properties: Readonly<Record<string, Record<string, unknown>>>;
  /**
   * `shared`: the Cassandra and Temporal that the test runner started. `own`: a whole tree, for tests that kill parts.
   * `own-temporal`: a Temporal server of its own beside the shared Cassandra. With a server of their own, ids need no
   * suffix: properties keep their names, so that what two such stacks made can be compared.
   */
  readonly parts?: 'shared' | 'own' | 'own-temporal';
  /** Added to the environment of every program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A whole Almanac in a folder of its own: worker, model server and endpoint as real processes, under a supervisor of this process. */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const { home, configFile, env, config, named } = await configureTestStack(options);
  const supervisor = createSupervisor({ home, log: () => undefined });
  const parts = JSON.parse(needed('ALMANAC_TEST_PARTS')) as ObtainedParts;
  try {
    await startStack({ config, parts, supervisor, env });
    const [{ client, dispose }, stores] = await Promise.all([connectTemporal(config, 30_000), connectStores(config)]);
    return {
      config, home, configFile, env, client, stores, supervisor,
      almanac: createAlmanac({ client, taskQueue: config.temporal.taskQueue, artifacts: stores.artifacts, peopleStore: stores.peopleStore }),
      named,
      async stop() {
        await Promise.all([dispose(), stores.dispose()]);
        await supervisor.stopAll();
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await supervisor.stopAll();
    throw error;
  }
}

/** The folder, configuration and environment of a stack, without starting it. */
export async function configureTestStack({ properties, parts = 'shared', configuration = {}, env: added = {} }: TestStackOptions) {
  const home = mkdtempSync(join(tmpdir(), 'almanac-stack-'));
  mkdirSync(join(home, 'logs'), { recursive: true });
  const unique = randomBytes(3).toString('hex');
  const named = (property: string): string => (parts === 'shared' ? `${property}-${unique}` : property);
  const ports = await lastingPorts(8);
  const [modelServer, endpoint, metrics, cassandra, storage, temporal, ui, rollupServer] = ports.map(String) as [string, string, string, string, string, string, string, string];
  const configFile = join(home, 'almanac.yaml');
  const env: Record<string, string> = {
    ALMANAC_HOME: home, ALMANAC_CONFIG: configFile, ALMANAC_MODEL_SERVER_PORT: modelServer, ALMANAC_ENDPOINT_PORT: endpoint, ALMANAC_METRICS_PORT: metrics, ALMANAC_ROLLUP_SERVER_PORT: rollupServer,
    ALMANAC_TASK_QUEUE: `almanac-${unique}`, ALMANAC_KEYSPACE: `almanac_${unique}`,
    ...(parts === 'own' ? { ALMANAC_CASSANDRA_PORT: cassandra, ALMANAC_CASSANDRA_STORAGE_PORT: storage } : { ALMANAC_CASSANDRA: needed('ALMANAC_TEST_CASSANDRA') }),
    ...(parts === 'shared' ? { TEMPORAL_ADDRESS: needed('ALMANAC_TEST_TEMPORAL') } : { ALMANAC_TEMPORAL_PORT: temporal, ALMANAC_TEMPORAL_UI_PORT: ui }),
    ...added,
  };
  const properNames = Object.fromEntries(Object.entries(properties).map(([name, property]) => [named(name), property]));
  writeFileSync(configFile, stringify({ home, properties: properNames, health: { paused: true }, ...configuration }));
  return { home, configFile, env, config: readConfig({ ...process.env, ...env }, configFile), named };
}

/**
 * Ports below those that the system gives to outgoing connections: a stack takes a minute to come up, long enough for one
 * of `freePorts` to be somebody's end of a connection by then.
 */
async function lastingPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000);
    if (await assertPortFree({ port, address: '127.0.0.1', advice: '' }).then(() => true, () => false)) ports.add(port);
  }
  return [...ports];
}

function needed(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this test with npm test -- <file>`);
  return value;
}

/** Tries until `look` gives something, at most `withinMs`. */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>, withinMs: number, what: string): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
