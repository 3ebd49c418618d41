import { readFileSync, readdirSync } from 'node:fs';

/** A process of this boot for good: a pid is given out again, a pid with its start time is not. */
export interface ProcessMark {
  readonly pid: number;
  readonly started: string;
}

/** The process that has the pid now; undefined when there is none (a zombie counts as none). */
export function markOf(pid: number): ProcessMark | undefined {
  const fields = statOf(pid);
  return fields === undefined || fields[0] === 'Z' ? undefined : { pid, started: `${bootId()}:${fields[19]}` };
}

export function isAlive(mark: ProcessMark): boolean {
  return markOf(mark.pid)?.started === mark.started;
}

/**
 * What the group that the process leads uses now and has used; undefined when the leader is gone. The peak is the leader's own
 * where it is alone: of several, each has its peak at another time, so it is what they use together now. CPU seconds are
 * those of living members and of what they have waited for.
 */
export function usageOfGroup(leader: ProcessMark): { memoryMb: number; peakMemoryMb: number; cpuSeconds: number } | undefined {
  const own = usageOf(leader.pid);
  if (!own) return undefined;
  const others = membersOf(leader.pid).filter((pid) => pid !== leader.pid).map(usageOf).filter((usage) => usage !== undefined);
  const sum = (figure: 'memoryMb' | 'cpuSeconds') => others.reduce((total, usage) => total + usage[figure], own[figure]);
  return { memoryMb: sum('memoryMb'), peakMemoryMb: others.length === 0 ? own.peakMemoryMb : sum('memoryMb'), cpuSeconds: sum('cpuSeconds') };
}

function usageOf(pid: number): { memoryMb: number; peakMemoryMb: number; cpuSeconds: number } | undefined {
  const fields = statOf(pid);
  const status = read(`/proc/${pid}/status`);
  if (!fields || status === undefined) return undefined;
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  const ticks = [11, 12, 13, 14].reduce((total, at) => total + Number(fields[at]), 0); // 1/100 s on Linux (`USER_HZ`)
  return { memoryMb: megabytes('VmRSS'), peakMemoryMb: megabytes('VmHWM'), cpuSeconds: ticks / 100 };
}

function membersOf(group: number): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => Number(statOf(pid)?.[2]) === group);
}

/**
 * Signals the group that the process leads. The kernel gives no pid out that still names a group, so when the leader is
 * gone the group, if any, is still its own; when another process has the pid, nothing is done.
 */
export function signalGroup(leader: ProcessMark, signal: 'SIGTERM' | 'SIGKILL'): void {
  const now = markOf(leader.pid);
  if (now !== undefined && now.started !== leader.started) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** True while the group that the process leads has a member. */
export function hasGroup(leader: ProcessMark): boolean {
  const now = markOf(leader.pid);
  if (now !== undefined) return now.started === leader.started;
  try {
    process.kill(-leader.pid, 0);
    return statOf(leader.pid) === undefined;
  } catch {
    return false;
  }
}

/** Fields of /proc/<pid>/stat from the state on (proc_pid_stat(5)); the name before may hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
