import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasGroup, isAlive, signalGroup, type ProcessMark } from './process-table.ts';

/** One running job as it is on disk, for whoever comes after a crash. */
export interface RunningJob {
  readonly id: string;
  readonly job: ProcessMark;
  readonly owner: ProcessMark;
}

/** The records of running jobs in one folder, a file a job; key: the job's id. */
export function runningJobs(folder: string) {
  const fileOf = (id: string) => path.join(folder, `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`);
  return {
    async write(running: RunningJob): Promise<void> {
      await mkdir(folder, { recursive: true });
      const unfinished = `${fileOf(running.id)}.${process.pid}`;
      await writeFile(unfinished, JSON.stringify(running));
      await rename(unfinished, fileOf(running.id));
    },
    read: (id: string) => readRecord(fileOf(id)),
    /** Forgets this very run; the record of a later run under the same id stays. */
    async forget(running: RunningJob): Promise<void> {
      const now = await readRecord(fileOf(running.id));
      if (now?.job.started === running.job.started && now.job.pid === running.job.pid) await rm(fileOf(running.id), { force: true });
    },
    /** Jobs whose owner is gone. */
    async orphans(): Promise<RunningJob[]> {
      const names = await readdir(folder).catch(() => []);
      const records = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => readRecord(path.join(folder, name))));
      return records.filter((running) => running !== undefined).filter(({ owner }) => !isAlive(owner));
    },
  };
}

/** Asks the job's whole group to end, and makes it end after the grace time. Resolves when no member is left. */
export async function endGroup(job: ProcessMark, graceMs: number): Promise<void> {
  signalGroup(job, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (hasGroup(job) && performance.now() < deadline) await sleep(20);
  while (hasGroup(job)) {
    signalGroup(job, 'SIGKILL');
    await sleep(20);
  }
}

/** Undefined when there is no record, or a crash left half of one. */
async function readRecord(file: string): Promise<RunningJob | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as RunningJob;
  } catch {
    return undefined;
  }
}
