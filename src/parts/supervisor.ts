import path from 'node:path';
import { tryLock } from './file-lock.ts';
import type { FileLock } from './file-lock.ts';
import { stopLeftovers } from './pid-files.ts';
import type { Log, ProcessSpec } from './process-spec.ts';
import { serveRestartRequests } from './restart-requests.ts';
import type { RestartRequests } from './restart-requests.ts';
import { supervise } from './supervised.ts';
import type { Running } from './supervised.ts';

export interface Supervisor {
  /** Takes the home folder and stops what a killed supervisor left there; done by the first `start` where it is not called. */
  claim(): Promise<void>;
  /** Resolves when the process is ready; from then on it is started again whenever it ends, until it is stopped. */
  start(spec: ProcessSpec): Promise<Running>;
  running(): readonly Running[];
  /** Stops everything, the last started first, and gives the home folder back. Calling it again waits for the same end. */
  stopAll(): Promise<void>;
}

/**
 * Keeps processes running, their logs in `<home>/logs`, their pids in `<home>/run`, where it can also be asked to start one
 * again that lives and does not answer. One supervisor per home: another one
 * fails by naming the process that has it.
 */
export function createSupervisor(options: { home: string; log: Log }): Supervisor {
  const { home, log } = options;
  const runFolder = path.join(home, 'run');
  const started: Promise<Running>[] = [];
  const all: Running[] = [];
  const abandonStarts = new AbortController();
  let lock: FileLock | undefined;
  let requests: RestartRequests | undefined;
  let claimed: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  const claim = () => (claimed ??= takeHome());
  return {
    claim,
    start: async (spec) => {
      await claim();
      if (stopped !== undefined) throw new Error(`${spec.name} was not started: everything in ${home} is being stopped`);
      const starting = supervise({ spec, home, log, abandon: abandonStarts.signal });
      started.push(starting);
      const running = await starting;
      all.push(running);
      return running;
    },
    running: () => all.filter(({ state }) => state !== 'stopped'),
    stopAll: () => (stopped ??= stopEverything()),
  };

  async function takeHome(): Promise<void> {
    const attempt = tryLock(path.join(runFolder, 'lock'));
    if ('heldBy' in attempt) throw new Error(`${home} is in use by process ${attempt.heldBy.pid}: stop it first, or set another home`);
    lock = attempt;
    const names = await stopLeftovers(runFolder);
    if (names.length > 0) log('stopped what an earlier run had left', { names: names.join(', ') });
    requests = await serveRestartRequests({ folder: runFolder, running: () => all, log });
  }

  async function stopEverything(): Promise<void> {
    abandonStarts.abort();
    await claimed?.catch(() => {});
    await requests?.close();
    // One after the other: what was started later uses what was started before it.
    for (const starting of started.toReversed()) {
      const running = await starting.catch(() => undefined);
      await running?.stop();
    }
    lock?.release();
  }
}
