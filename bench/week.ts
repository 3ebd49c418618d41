import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAlmanac, type Almanac } from '../src/client.ts';
import { readConfig } from '../src/config.ts';
import { lastDayOf } from '../src/domain/calendar/week.ts';
import { revisionId } from '../src/domain/release/ids.ts';
import { connectTemporal } from '../src/main/connect.ts';
import { freePorts } from '../src/parts/free-ports.ts';
import { coveredMs, timesOf, type WorkflowTimes } from './history.ts';
import { median, proportionalMiBOf, quantile, type Figure } from './measure.ts';

const root = resolve(import.meta.dirname, '..');
const property = 'shop';
const restMs = 15_000;

interface Stack {
  readonly seconds: number;
  /** Proportional memory of everything that runs, in MiB. */
  memoryMiB(): number;
  stop(): Promise<void>;
}

/** The demo's own property on a stack of its own: its days, a week built again and again, and the stack's second start. */
export async function benchWeek(home: string, { week, rounds }: { week: string; rounds: number }, log: (line: string) => void): Promise<Figure[]> {
  const env = await environmentOf(join(home, 'stack'));
  const config = readConfig({ ...process.env, ...env }, join(root, 'almanac.yaml'));
  const first = await startStack(env);
  const { client, dispose } = await connectTemporal(config, 10_000);
  try {
    const almanac = createAlmanac({ client, taskQueue: config.temporal.taskQueue });
    const days = await takeIn(almanac, config.properties[property]?.calendar.firstDay ?? '', lastDayOf(week));
    log(`week: ${days.days} days, ${days.rows} rows in ${days.seconds.toFixed(1)} s`);
    const builds: WorkflowTimes[] = [];
    for (let revision = 1; revision <= rounds; revision += 1) {
      await build(almanac, week, revision);
      builds.push(await timesOf(client, revisionId(property, week, revision)));
      log(`week: revision ${revision} in ${(wallMs(builds.at(-1)) / 1000).toFixed(1)} s, outside activities ${(100 * outside(builds.at(-1))).toFixed(1)} %`);
    }
    await sleep(restMs);
    const memoryAfterWork = first.memoryMiB();
    await dispose();
    await first.stop();
    const second = await startStack(env);
    await sleep(restMs);
    const memoryAtRest = second.memoryMiB();
    await second.stop();
    const waits = builds.flatMap(({ activities }) => activities.map(({ scheduledMs, startedMs }) => startedMs - scheduledMs));
    return [
      { bench: 'week', what: 'wall time outside activities', value: 100 * median(builds.map(outside)), unit: '%', aim: { atMost: 10 }, note: `median of ${rounds} builds of ${week}, ${(median(builds.map(wallMs)) / 1000).toFixed(1)} s each` },
      { bench: 'week', what: '  an activity waits for its worker, median', value: median(waits), unit: 'ms', note: `99 % within ${quantile(waits, 0.99).toFixed(0)} ms, ${(waits.length / rounds).toFixed(0)} activities a build` },
      { bench: 'week', what: 'many small days, 4 at once', value: days.rows / days.seconds, unit: 'rows/s', note: `${days.days} days, ${days.rows} rows in ${days.seconds.toFixed(1)} s` },
      { bench: 'start', what: 'with its data, to serving', value: second.seconds, unit: 's', aim: { atMost: 60 }, note: `empty: ${first.seconds.toFixed(1)} s` },
      { bench: 'start', what: 'memory at rest, all processes, after a start', value: memoryAtRest, unit: 'MiB', aim: { atMost: 2500 } },
      { bench: 'start', what: `memory at rest, ${restMs / 1000} s after the last build`, value: memoryAfterWork, unit: 'MiB', aim: { atMost: 2500 } },
    ];
  } finally {
    await first.stop();
  }
}

async function takeIn(almanac: Almanac, from: string, to: string): Promise<{ days: number; rows: number; seconds: number }> {
  const began = performance.now();
  const backfill = await almanac.backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false });
  const { done, rows, failed } = await backfill.result();
  if (failed.length > 0) throw new Error(`days failed: ${failed.map(({ day, state }) => `${day} ${state}`).join(', ')}`);
  return { days: done, rows, seconds: (performance.now() - began) / 1000 };
}

async function build(almanac: Almanac, week: string, revision: number): Promise<void> {
  if (revision === 1) await almanac.weeks.run(property, week);
  else await almanac.weeks.rerun(property, week, { from: 'extract', requestId: `bench-${revision}` });
  for (;;) {
    const status = await almanac.weeks.status(property, week);
    if (status?.phase === 'serving' && status.live?.revision === revision) return;
    if (status?.phase === 'failed') throw new Error(`week ${week} failed: ${status.sentence}`);
    await sleep(200);
  }
}

function wallMs(build: WorkflowTimes | undefined): number {
  return build ? build.endedMs - build.startedMs : Number.NaN;
}

function outside(build: WorkflowTimes | undefined): number {
  return build ? 1 - coveredMs(build.activities) / wallMs(build) : Number.NaN;
}

/** Ports and a folder of the bench's own; everything else as `npm start` has it. */
async function environmentOf(home: string): Promise<Record<string, string>> {
  const names = ['MODEL_SERVER', 'ENDPOINT', 'METRICS', 'CASSANDRA', 'CASSANDRA_STORAGE', 'TEMPORAL', 'TEMPORAL_UI'];
  const ports = await freePorts({ count: names.length });
  return { ALMANAC_HOME: home, ...Object.fromEntries(names.map((name, at) => [`ALMANAC_${name}_PORT`, String(ports[at])])) };
}

/** `npm start -- --no-demo`, from the call until the endpoint is ready and the schedules are applied. */
async function startStack(env: Record<string, string>): Promise<Stack> {
  const began = performance.now();
  const child = spawn(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'start', '--no-demo'], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever ends this process, the stack stops too.
  process.once('exit', () => child.kill('SIGINT'));
  await new Promise<void>((ready, reject) => {
    child.stdout.on('data', (chunk: Buffer) => String(chunk).includes('Ctrl-C stops everything') && ready());
    child.once('exit', (code) => reject(new Error(`the stack ended with ${code} before it served`)));
  });
  const seconds = (performance.now() - began) / 1000;
  return { seconds, memoryMiB: () => memoryOfTree(child.pid as number), stop: () => stopStack(child) }; // it has written
}

async function stopStack(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

function memoryOfTree(root: number): number {
  const children = Map.groupBy(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(parentOf), ([parent]) => parent);
  const sum = (pid: number): number => proportionalMiBOf(pid) + (children.get(pid) ?? []).reduce((total, [, child]) => total + sum(child), 0);
  return sum(root);
}

/** Parent and pid; nothing when the process has ended meanwhile. */
function parentOf(name: string): [parent: number, pid: number][] {
  try {
    return [[Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]), Number(name)]];
  } catch {
    return [];
  }
}
