import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createAlmanac, type Almanac } from '../src/client.ts';
import { readConfig, type Config } from '../src/config.ts';
import { connectStores, connectTemporal, type Stores } from '../src/main/connect.ts';
import { startStack } from '../src/main/stack.ts';
import { freePorts } from '../src/parts/free-ports.ts';
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
  /** `shared`: the Cassandra and Temporal that the test runner started. `own`: a whole tree, for tests that kill parts. */
  readonly parts?: 'shared' | 'own';
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** A whole Almanac in a folder of its own: worker, model server and endpoint as real processes, under a supervisor of this process. */
export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const home = mkdtempSync(join(tmpdir(), 'almanac-stack-'));
  const suffix = randomBytes(3).toString('hex');
  const { configFile, env } = await configure(home, suffix, options);
  const config = readConfig({ ...process.env, ...env }, configFile);
  mkdirSync(join(home, 'logs'), { recursive: true });
  const supervisor = createSupervisor({ home, log: () => undefined });
  const parts = JSON.parse(needed('ALMANAC_TEST_PARTS')) as ObtainedParts;
  try {
    await startStack({ config, parts, supervisor, env: { ...env, ALMANAC_CONFIG: configFile } });
    const [{ client, dispose }, stores] = await Promise.all([connectTemporal(config, 30_000), connectStores(config)]);
    return {
      config, home, configFile, env, client, stores, supervisor,
      almanac: createAlmanac({ client, taskQueue: config.temporal.taskQueue, artifacts: stores.artifacts, peopleStore: stores.peopleStore }),
      named: (property) => `${property}-${suffix}`,
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

async function configure(home: string, suffix: string, { properties, parts = 'shared', configuration = {} }: TestStackOptions): Promise<{ configFile: string; env: Record<string, string> }> {
  const ports = await freePorts({ count: 7 });
  const [modelServer, endpoint, metrics, cassandra, storage, temporal, ui] = ports.map(String) as [string, string, string, string, string, string, string];
  const env: Record<string, string> = {
    ALMANAC_HOME: home, ALMANAC_MODEL_SERVER_PORT: modelServer, ALMANAC_ENDPOINT_PORT: endpoint, ALMANAC_METRICS_PORT: metrics,
    ALMANAC_TASK_QUEUE: `almanac-${suffix}`, ALMANAC_KEYSPACE: `almanac_${suffix}`,
    ...(parts === 'shared'
      ? { ALMANAC_CASSANDRA: needed('ALMANAC_TEST_CASSANDRA'), TEMPORAL_ADDRESS: needed('ALMANAC_TEST_TEMPORAL') }
      : { ALMANAC_CASSANDRA_PORT: cassandra, ALMANAC_CASSANDRA_STORAGE_PORT: storage, ALMANAC_TEMPORAL_PORT: temporal, ALMANAC_TEMPORAL_UI_PORT: ui }),
  };
  const configFile = join(home, 'almanac.yaml');
  const named = Object.fromEntries(Object.entries(properties).map(([name, property]) => [`${name}-${suffix}`, property]));
  writeFileSync(configFile, stringify({ home, properties: named, ...configuration }));
  return { configFile, env };
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
