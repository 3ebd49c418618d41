import { join } from 'node:path';
import { cassandraProcess } from '../parts/cassandra-node.ts';
import { temporalProcess } from '../parts/temporal-server.ts';
import { modelServerAddress } from './plugs.ts';
import { endpointAddress, rollupServerAddress } from './publishers.ts';
import { root } from './root.ts';
import { searchAttributes } from './search-attributes.ts';
import type { Config } from '../config.ts';
import type { ObtainedParts, SkippablePart } from '../parts/obtain-all.ts';
import type { ProcessSpec } from '../parts/process-spec.ts';
import type { Supervisor } from '../parts/supervisor.ts';

export interface StackOptions {
  readonly config: Config;
  readonly parts: ObtainedParts;
  readonly supervisor: Supervisor;
  /** Handed to every program of ours, beside this process's own environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Starts everything this configuration embeds: first the parts, then our programs. Resolves when all are ready. */
export async function startStack(options: StackOptions): Promise<void> {
  const { supervisor } = options;
  await supervisor.claim();
  await Promise.all(partsOf(options).map((spec) => supervisor.start(spec)));
  // One after the other: who comes first makes the schema.
  for (const spec of programsOf(options)) await supervisor.start(spec);
}

/** Parts that this configuration has elsewhere: they are neither obtained nor started. */
export function partsElsewhere({ temporal, cassandra }: Config): SkippablePart[] {
  return [...(temporal.address === undefined ? [] : (['temporal'] as const)), ...(cassandra.contactPoints === undefined ? [] : (['cassandra'] as const))];
}

function partsOf({ config, parts }: StackOptions): ProcessSpec[] {
  const { temporal, cassandra, home } = config;
  const elsewhere = partsElsewhere(config);
  const specs: ProcessSpec[] = [];
  if (!elsewhere.includes('temporal')) {
    const server = temporalProcess({ folder: join(home, 'temporal'), port: temporal.port, uiPort: temporal.uiPort, binary: parts.temporalBinary, searchAttributes, namespace: temporal.namespace });
    specs.push({ ...server, liveness: { ...WITHOUT_ROUNDS, look: () => answers(`http://127.0.0.1:${temporal.uiPort}/api/v1/namespaces`, HUNG_MS) } });
  }
  if (!elsewhere.includes('cassandra')) {
    specs.push(cassandraProcess({
      folder: join(home, 'cassandra'), address: '127.0.0.1', nativePort: cassandra.port, storagePort: cassandra.storagePort, heapMb: cassandra.heapMb,
      commitLogSync: 'group', jars: parts.cassandraJars, java: parts.java,
    }));
  }
  return specs;
}

type Programs = Pick<StackOptions, 'config' | 'env'> & { readonly root: string };

/** A stream of rows leaves much garbage and little else: with a small young generation it stays below 400 MiB at any input size, for a fifth more CPU. */
export const WORKER_MEMORY = ['--max-semi-space-size=4', '--max-old-space-size=640'] as const;

/** What runs the rounds of health cannot be looked at by them: after about a minute without an answer the supervisor itself acts. */
const WITHOUT_ROUNDS = { everyMs: 15_000, failures: 4 } as const;
/** Longer than a machine at its limit takes to answer. */
const HUNG_MS = 10_000;

/** The worker of this configuration, from the project in `root`. */
export function workerProcess(programs: Programs): ProcessSpec {
  const readyz = `http://127.0.0.1:${programs.config.worker.metricsPort}/readyz`;
  const spec = program(programs, 'worker', [], () => answers(readyz));
  return { ...spec, args: [...WORKER_MEMORY, ...spec.args], liveness: { ...WITHOUT_ROUNDS, look: () => answers(readyz, HUNG_MS) } };
}

export function modelServerProcess(programs: Programs): ProcessSpec {
  const { modelServer, home } = programs.config;
  const ready = () => anyAnswer(`${modelServerAddress(programs.config)}/v1/models/none`);
  if (modelServer.container === undefined) return program(programs, 'model-server', ['--port', String(modelServer.port), '--base', join(home, 'models')], ready);
  return { ...program(programs, 'model-server-container', [], ready), name: 'model-server' };
}

function programsOf({ config, env }: StackOptions): ProcessSpec[] {
  const { modelServer, endpoint, publisher, rollupServer, rollups } = config;
  const ours = { config, env, root };
  const specs = [workerProcess(ours)];
  if (modelServer.address === undefined) {
    specs.push(modelServerProcess(ours));
  }
  // Weeks on Kubernetes have pods of their own.
  if (endpoint.address === undefined && publisher.kind === 'embedded') specs.push(program(ours, 'endpoint', [], () => answers(`${endpointAddress(config)}/readyz`)));
  if (rollupServer.address === undefined && Object.keys(rollups).length > 0) specs.push(program(ours, 'rollup-server', [], () => answers(`${rollupServerAddress(config)}/readyz`)));
  return specs;
}

function program({ env, root: folder }: Programs, name: string, args: readonly string[], ready: () => Promise<unknown>): ProcessSpec {
  return {
    name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', join(folder, `src/main/${name}.ts`), ...args],
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '3' }, ready, readyTimeoutMs: 120_000, stopTimeoutMs: 40_000,
  };
}

async function answers(url: string, timeoutMs = 2000): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

async function anyAnswer(url: string): Promise<void> {
  await (await fetch(url, { signal: AbortSignal.timeout(2000) })).arrayBuffer();
}
