import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** One process for good: a pid alone is given out again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/** Undefined when there is no such process (a zombie counts as none). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedElsewhere(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.started === identity.started;
}

/**
 * Members of the session that a process started for itself (its children and theirs), the leader excluded.
 * The kernel does not give a pid out again while a session bears it, so members are ours even when the leader is gone.
 */
export function sessionMembers(leader: number): number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => pid !== leader && statOf(pid)?.session === leader);
}

function startedOnLinux(pid: number): string | undefined {
  const stat = statOf(pid);
  // Start times count from boot, so the boot's own id makes them unique for good.
  return stat === undefined || stat.state === 'Z' ? undefined : `${bootId()}:${stat.startTicks}`;
}

/** Fields of /proc/<pid>/stat (proc_pid_stat(5)); the program's name may hold spaces and brackets, so count from its end. */
function statOf(pid: number): { state: string; session: number; startTicks: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', session: Number(fields[3]), startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function startedElsewhere(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
