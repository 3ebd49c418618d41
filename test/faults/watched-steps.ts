// The worker's steps, watched: every call a step makes to the world is written down, and at one of them a process of
// the stack is killed when the test has armed a kill.
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { createActivities as createReal, type Activities, type Plugs } from '../../activities/index.ts';
import type { Kill, Strike } from './kills.ts';

/** One attempt of a step as it went. */
export interface Execution {
  readonly step: string;
  readonly workflowId: string;
  readonly activityId: string;
  readonly attempt: number;
  readonly calls: string[];
  readonly startMs: number;
  readonly endMs: number | null;
}
type Running = { -readonly [Field in keyof Execution]: Execution[Field] };
type Call = (...args: unknown[]) => unknown;

const home = process.env.ALMANAC_HOME ?? '';
const folder = join(home, 'faults');
mkdirSync(join(folder, 'armed'), { recursive: true });
const current = new AsyncLocalStorage<Running>();
const countsOf = new WeakMap<Running, Map<string, number>>();

export function createActivities(plugs: Plugs): Activities {
  const steps = createReal(watched(plugs as unknown as Record<string, unknown>) as unknown as Plugs);
  return Object.fromEntries(Object.entries(steps).map(([step, work]) => [step, watchedStep(step, work as Call)])) as unknown as Activities;
}

function watchedStep(step: string, work: Call): Call {
  return (...args) => {
    const { workflowExecution, activityId, attempt } = activityInfo();
    const execution: Running = { step, workflowId: workflowExecution?.workflowId ?? '', activityId, attempt, calls: [], startMs: Date.now(), endMs: null };
    return current.run(execution, async () => {
      note(execution);
      await atCall('begin', async () => undefined);
      const result = await work(...args);
      await atCall('end', async () => undefined);
      note({ ...execution, endMs: Date.now() });
      return result;
    });
  };
}

function note(execution: Execution): void {
  appendFileSync(join(folder, 'trace.ndjson'), `${JSON.stringify(execution)}\n`);
}

/** The plugs, every call of theirs passing by here. What is no function, and settings, are as they are. */
function watched(plugs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(plugs).map(([name, plug]) => {
    if (name === 'sourceOf') return [name, (property: string) => watchedPlug('source', (plug as (property: string) => object)(property))];
    if (typeof plug === 'function' || typeof plug === 'string') return [name, plug];
    return [name, watchedPlug(name, plug as object)];
  }));
}

function watchedPlug(plugName: string, plug: object): object {
  const calls = Object.entries(plug).map(([name, value]: [string, unknown]) => [name, typeof value === 'function' ? watchedCall(`${plugName}.${name}`, value as Call) : value]);
  return Object.fromEntries(calls) as object;
}

function watchedCall(name: string, call: Call): Call {
  return (...args) => {
    const result = call(...args);
    if (isPromise(result)) return atCall(name, () => result);
    return isStream(result) ? watchedStream(name, result) : result;
  };
}

/** A stream counts as one call: its first item. */
async function* watchedStream(name: string, stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  const items = stream[Symbol.asyncIterator]();
  try {
    for (let item = await atCall(name, () => items.next()); !item.done; item = await items.next()) yield item.value;
  } finally {
    await items.return?.();
  }
}

async function atCall<T>(name: string, work: () => Promise<T>): Promise<T> {
  const execution = current.getStore();
  if (!execution) return work();
  execution.calls.push(name);
  const nth = counted(execution, name);
  const kill = armed().find((one) => one.step === execution.step && one.name === name && one.nth === nth && (one.activityId ?? execution.activityId) === execution.activityId);
  if (!kill || !disarm(kill)) return work();
  let isSettled = false;
  const result = work().finally(() => (isSettled = true));
  result.catch(() => undefined);
  if (kill.when === 'after') await result;
  else await nextTurn();
  await strike(kill, execution, () => kill.when === 'after' || !isSettled || name === 'begin' || name === 'end');
  return result;
}

/** How many calls of the name there were before. A step of a rollup makes thousands. */
function counted(execution: Running, name: string): number {
  const counts = countsOf.get(execution) ?? new Map<string, number>();
  countsOf.set(execution, counts);
  const nth = counts.get(name) ?? 0;
  counts.set(name, nth + 1);
  return nth;
}

function armed(): Kill[] {
  return readdirSync(join(folder, 'armed')).map((file) => JSON.parse(readFileSync(join(folder, 'armed', file), 'utf8')) as Kill);
}

/** False when another execution was quicker: a kill strikes once. */
function disarm(kill: Kill): boolean {
  const file = readdirSync(join(folder, 'armed')).find((name) => name === `${kill.target}-${kill.step}.json`);
  if (!file) return false;
  try {
    renameSync(join(folder, 'armed', file), join(folder, `disarmed-${file}`));
    return true;
  } catch {
    return false;
  }
}

async function strike(kill: Kill, { workflowId, activityId, attempt }: Execution, isBusy: () => boolean): Promise<void> {
  const pids = kill.target === 'trainer' ? [await trainerPid()] : kill.target === 'worker' ? [process.pid] : kill.target === 'tree' ? treePids() : [pidOf(kill.target)];
  const struck: Strike = { ...kill, workflowId, activityId, attempt, pid: pids[0] ?? 0, isBusy: isBusy() };
  writeFileSync(join(folder, `struck-${kill.target}-${kill.step}.json`), JSON.stringify(struck));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function pidOf(name: string): number {
  return (JSON.parse(readFileSync(join(home, 'run', `${name}.pid`), 'utf8')) as { pid: number }).pid;
}

/** The supervisor first, so that it starts nothing again; this process last. */
function treePids(): number[] {
  const parts = readdirSync(join(home, 'run')).filter((file) => file.endsWith('.pid')).map((file) => pidOf(file.slice(0, -'.pid'.length)));
  return [process.ppid, ...parts.filter((pid) => pid !== process.pid), process.pid];
}

/** Waits for the record of the training that has just been started, then until it has worked for a moment. */
async function trainerPid(): Promise<number> {
  const records = join(home, 'jobs', 'running');
  for (;;) {
    const file = readdirSync(home).includes('jobs') && readdirSync(join(home, 'jobs')).includes('running') ? readdirSync(records).find((name) => name.endsWith('.json')) : undefined;
    const pid = file ? (JSON.parse(readFileSync(join(records, file), 'utf8')) as { job: { pid: number } }).job.pid : undefined;
    if (pid !== undefined && usedTicks(pid) >= 30) return pid;
    await delay(10);
  }
}

/** Processor time in 1/100 s: a trainer that has used some is training, not waiting to begin. */
function usedTicks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function';
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return value !== null && typeof value === 'object' && Symbol.asyncIterator in value;
}
