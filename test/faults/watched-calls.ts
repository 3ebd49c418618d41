// Every call that a step makes to the world passes by here: it is written down, and at one of them a process of the stack
// is killed when the test has armed a kill.
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import { armedKills } from './armed.ts';
import type { Kill } from './kills.ts';

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
type Call = (...args: unknown[]) => unknown;

const home = process.env.ALMANAC_HOME ?? '';
const kills = armedKills(join(home, 'faults'));
const current = new AsyncLocalStorage<Execution>();
const countsOf = new WeakMap<Execution, Map<string, number>>();

/** Runs a step whose calls are watched. */
export function watching<T>(execution: Execution, work: () => Promise<T>): Promise<T> {
  return current.run(execution, work);
}

/** A plug, or what a plug has of the outside. `said` is what a call's name says beside the function's. What is no function is as it is. */
export function watchedPlug<Plug extends object>(plugName: string, plug: Plug, said: (args: readonly unknown[]) => string = () => ''): Plug {
  const calls = Object.entries(plug).map(([name, value]: [string, unknown]) => [name, typeof value === 'function' ? watchedCall((args) => `${plugName}.${name}${said(args)}`, value as Call) : value]);
  return Object.fromEntries(calls) as Plug;
}

function watchedCall(nameOf: (args: readonly unknown[]) => string, call: Call): Call {
  return (...args) => {
    if (!current.getStore()) return call(...args);
    const name = nameOf(args);
    // Who dies before it must not have begun it.
    if (kills.armed().some((kill) => kill.when === 'before' && kill.name === name)) return atCall(name, () => call(...args) as Promise<unknown>);
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

export async function atCall<T>(name: string, work: () => Promise<T>): Promise<T> {
  const execution = current.getStore();
  if (!execution) return work();
  execution.calls.push(name);
  const nth = counted(execution, name);
  const kill = kills.armed().find((one) => isAt(one, execution, name, nth));
  if (!kill || !kills.disarm(kill)) return work();
  if (kill.when === 'before') return strike(kill, execution, () => true).then(work);
  let isSettled = false;
  const result = work().finally(() => (isSettled = true));
  result.catch(() => undefined);
  if (kill.when === 'after') await result;
  else await nextTurn();
  await strike(kill, execution, () => kill.when === 'after' || !isSettled || name === 'begin' || name === 'end');
  return result;
}

/** How many calls of the name there were before. A step of a rollup makes thousands. */
function counted(execution: Execution, name: string): number {
  const counts = countsOf.get(execution) ?? new Map<string, number>();
  countsOf.set(execution, counts);
  const nth = counts.get(name) ?? 0;
  counts.set(name, nth + 1);
  return nth;
}

function isAt(kill: Kill, { step, workflowId, activityId }: Execution, name: string, nth: number): boolean {
  const isThere = kill.step === step && kill.name === name && (kill.nth ?? nth) === nth;
  return isThere && (kill.activityId ?? activityId) === activityId && workflowId.startsWith(kill.workflow ?? '');
}

async function strike(kill: Kill, { workflowId, activityId, attempt }: Execution, isBusy: () => boolean): Promise<void> {
  const pids = kill.target === 'trainer' ? [await trainerPid()] : kill.target === 'worker' ? [process.pid] : kill.target === 'tree' ? treePids() : [pidOf(kill.target)];
  kills.tell(kill, { ...kill, workflowId, activityId, attempt, pid: pids[0] ?? 0, isBusy: isBusy() });
  for (; !kills.isComplete(kill); await delay(10)) heartbeat(); // waited for longer than it may be silent, it would be tried again beside itself
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
