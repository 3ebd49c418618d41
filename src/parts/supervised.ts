import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launch, waitUntilReady } from './launch.ts';
import type { Launched } from './launch.ts';
import { removePidFile, writePidFile } from './pid-files.ts';
import type { Liveness, Log, ProcessSpec } from './process-spec.ts';
import { nextRestart } from './restart-policy.ts';
import type { RestartHistory } from './restart-policy.ts';
import { watchHung } from './watch-hung.ts';

/** A process under supervision. */
export interface Running {
  readonly name: string;
  /** Of the process as it runs now; undefined between its end and its next start. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** `gaveUp` when it ended too often, or ended and its spec says never to restart. */
  readonly state: 'starting' | 'ready' | 'restarting' | 'stopped' | 'gaveUp';
  /** Resolves when nothing will start it again, with the reason; undefined when it was stopped as asked. */
  readonly ended: Promise<Error | undefined>;
  /** Ends the process, so that it is started again as if it had ended by itself; resolves when it is gone. What is being started is left to come up. */
  restart(reason: string): Promise<RestartOutcome>;
  stop(): Promise<void>;
}

export type RestartOutcome = 'restarted' | 'under-way' | 'given-up';

/** For something that does not answer: whether it still listens to its stop signal is soon seen. */
const HUNG_PATIENCE_MS = 5000;

/**
 * Starts a process, waits until it is ready, and keeps it running until it is stopped. A failed first start is not repeated;
 * `abandon` ends the wait for one.
 */
export async function supervise(options: { spec: ProcessSpec; home: string; log: Log; abandon: AbortSignal }): Promise<Running> {
  const { spec, home, log, abandon } = options;
  const logFile = path.join(home, 'logs', `${spec.name}.log`);
  const pidFolder = path.join(home, 'run');
  const stopping = new AbortController();
  const ended = Promise.withResolvers<Error | undefined>();
  let launched: Launched | undefined;
  let history: RestartHistory = [];
  let hung: readonly number[] = [];
  let restarts = 0;
  let state: Running['state'] = 'starting';

  const stopEarly = () => {
    stopping.abort();
    void launched?.stop();
  };
  abandon.addEventListener('abort', stopEarly, { once: true });
  await start();
  abandon.removeEventListener('abort', stopEarly);
  const watching = keepRunning();
  return {
    name: spec.name,
    get pid() {
      return launched?.pid;
    },
    get restarts() {
      return restarts;
    },
    get state() {
      return state;
    },
    ended: ended.promise,
    restart,
    stop: async () => {
      stopping.abort();
      await launched?.stop();
      await watching;
    },
  };

  async function start(): Promise<void> {
    launched = await launch({ spec, logFile });
    writePidFile({ folder: pidFolder, name: spec.name, pid: launched.pid, stopSignal: spec.stopSignal ?? 'SIGTERM', stopTimeoutMs: spec.stopTimeoutMs ?? 20_000 });
    if (stopping.signal.aborted) await launched.stop();
    try {
      await waitUntilReady({ spec, launched, logFile });
    } catch (error) {
      await launched.stop();
      forget();
      throw error;
    }
    state = 'ready';
    if (spec.liveness !== undefined) void watch(launched, spec.liveness);
  }

  async function restart(reason: string): Promise<RestartOutcome> {
    if (state === 'stopped' || state === 'gaveUp') return 'given-up';
    if (state !== 'ready' || launched === undefined) return 'under-way';
    state = 'restarting';
    log(`${spec.name} is ended, to be started again: ${reason}`, { name: spec.name, pid: launched.pid });
    await launched.stop(HUNG_PATIENCE_MS);
    return 'restarted';
  }

  async function watch(watched: Launched, liveness: Liveness): Promise<void> {
    const over = new AbortController();
    void watched.exited.then(() => over.abort());
    const isHung = await watchHung({ liveness, signal: AbortSignal.any([over.signal, stopping.signal]), history: hung });
    if (!isHung || launched !== watched) return;
    hung = [...hung, performance.now()].slice(-10);
    await restart(`it lives and does not answer (${liveness.failures} looks in a row)`);
  }

  /** Ends when the process is not to be started again. */
  async function keepRunning(): Promise<void> {
    for (;;) {
      const exit = await launched?.exited;
      forget();
      if (stopping.signal.aborted) return finish('stopped');
      const how = `${spec.name} ended with ${exit?.code ?? exit?.signal ?? 'a failed start'}`;
      if (spec.restart === 'never') return finish('gaveUp', new Error(how));
      const next = nextRestart({ history, nowMs: performance.now() });
      if (next === undefined) return finish('gaveUp', new Error(`${how}, too often within ten minutes; its log is ${logFile}`));
      ({ history } = next);
      state = 'restarting';
      log(`${how}: starting it again`, { name: spec.name, delayMs: next.delayMs, restarts: restarts + 1 });
      await delay(next.delayMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return finish('stopped');
      restarts += 1;
      await start().catch((error: Error) => log(`${spec.name} did not start again`, { name: spec.name, reason: error.message }));
    }
  }

  function forget(): void {
    launched = undefined;
    removePidFile({ folder: pidFolder, name: spec.name });
  }

  function finish(as: 'stopped' | 'gaveUp', reason?: Error): void {
    state = as;
    if (reason !== undefined) log(`gave up: ${reason.message}`, { name: spec.name });
    ended.resolve(reason);
  }
}
