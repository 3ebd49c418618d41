import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killLeftovers, signalGroup } from './launch.ts';
import { identityOf, isAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What `<home>/run/<name>.pid` holds: enough for a later start to stop this process and never a stranger. */
interface PidRecord extends ProcessIdentity {
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
}

export function writePidFile(options: { folder: string; name: string; pid: number; stopSignal: NodeJS.Signals; stopTimeoutMs: number }): void {
  const { folder, name, pid, stopSignal, stopTimeoutMs } = options;
  const identity = identityOf(pid);
  if (identity === undefined) return; // ended already
  const record: PidRecord = { ...identity, stopSignal, stopTimeoutMs };
  const file = pidFile(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.draft`, JSON.stringify(record));
  renameSync(`${file}.draft`, file);
}

export function removePidFile(options: { folder: string; name: string }): void {
  rmSync(pidFile(options.folder, options.name), { force: true });
}

/**
 * Stops what a supervisor that was killed has left running, and forgets it; returns the names that were still there.
 * They are stopped, never adopted: nobody has watched them since, and a child's exit can only be seen by its parent.
 */
export async function stopLeftovers(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder).filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length));
  const stopped = await Promise.all(names.map(async (name) => ((await stopLeftover(pidFile(folder, name))) ? [name] : [])));
  return stopped.flat();
}

async function stopLeftover(file: string): Promise<boolean> {
  const record = JSON.parse(readFileSync(file, 'utf8')) as PidRecord;
  const wasAlive = isAlive(record);
  if (wasAlive) {
    signalGroup(record.pid, record.stopSignal);
    const deadline = performance.now() + record.stopTimeoutMs;
    while (isAlive(record) && performance.now() < deadline) await delay(100);
    if (isAlive(record)) signalGroup(record.pid, 'SIGKILL');
    while (isAlive(record)) await delay(20);
  }
  // A living process under this pid now is a stranger, and so would its session be.
  if (identityOf(record.pid) === undefined && isSameBoot(record)) killLeftovers(record.pid);
  rmSync(file);
  return wasAlive;
}

/** After a reboot the sessions of before are gone, and their numbers are given out anew. */
function isSameBoot(record: ProcessIdentity): boolean {
  return identityOf(process.pid)?.started.split(':')[0] === record.started.split(':')[0];
}

function pidFile(folder: string, name: string): string {
  return path.join(folder, `${name}.pid`);
}
