import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readConfig, type Config } from '../src/config.ts';
import { prebuiltBundle } from '../src/main/bundle.ts';
import { freePorts } from '../src/parts/free-ports.ts';
import { cpuSecondsOf, peakMiBOf, residentMiBOf } from './measure.ts';
import { WORKER_MEMORY } from '../src/main/stack.ts';
import type { BenchParts } from './parts.ts';

/** The worker's own program, running. */
export interface BenchWorker {
  cpuSeconds(): number;
  peakMiB(): number;
  /** Resident now. */
  memoryMiB(): number;
  stop(): Promise<void>;
}

/** A configuration on the bench's parts, and workers of it. */
export interface WorkerWorld {
  readonly config: Config;
  /** A new process: nothing of an earlier measurement is in its memory. */
  startWorker(): Promise<BenchWorker>;
}

/** `properties` and `rollups` as in `almanac.yaml`; keyspace, queue and folder are the bench's own. */
export async function workerWorld(parts: BenchParts, bench: string, properties: Readonly<Record<string, object>>, rollups: Readonly<Record<string, object>> = {}): Promise<WorkerWorld> {
  const home = join(parts.home, bench);
  mkdirSync(home, { recursive: true });
  const configFile = join(home, 'almanac.yaml');
  writeFileSync(configFile, stringify({ home, properties, rollups }));
  const env = {
    ALMANAC_CONFIG: configFile, ALMANAC_HOME: home, ALMANAC_KEYSPACE: `bench_${bench}`, ALMANAC_TASK_QUEUE: `bench-${bench}`,
    ALMANAC_CASSANDRA: `${parts.cassandra.host}:${parts.cassandra.port}`, TEMPORAL_ADDRESS: parts.temporalAddress,
  };
  // Made here, or the first worker would make it and its peak would be the bundler's.
  await prebuiltBundle(join(home, 'bundles'), quiet);
  return {
    config: readConfig({ ...process.env, ...env }, configFile),
    startWorker: () => startWorker(home, env),
  };
}

const quiet = { log: () => undefined, trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function startWorker(home: string, env: Record<string, string>): Promise<BenchWorker> {
  const [metrics] = await freePorts({ count: 1 });
  const log = openSync(join(home, 'worker.log'), 'a');
  const program = new URL('../src/main/worker.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [...WORKER_MEMORY, '--disable-warning=ExperimentalWarning', program], { env: { ...process.env, ...env, ALMANAC_METRICS_PORT: String(metrics), TF_CPP_MIN_LOG_LEVEL: '3' }, stdio: ['ignore', 'pipe', log] });
  await new Promise<void>((ready, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => String(chunk).includes('worker ready') && ready());
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}; its log is ${join(home, 'worker.log')}`)));
  });
  const pid = child.pid as number; // it has answered
  return {
    cpuSeconds: () => cpuSecondsOf(pid),
    peakMiB: () => peakMiBOf(pid),
    memoryMiB: () => residentMiBOf(pid),
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
