import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasResult } from './job-folder.ts';
import { ranOutOfHeap, type JobLog } from '../job-log.ts';
import type { DockerEngine, FoundContainer } from './engine.ts';
import type { Job, JobOutcome, RunOptions } from '../../ports/job-runner.ts';

interface Followed extends Pick<RunOptions, 'signal' | 'onBeat'> {
  readonly engine: DockerEngine;
  readonly container: FoundContainer;
  readonly job: Job;
  readonly log: JobLog;
  readonly graceMs: number;
  /** False once a later attempt has taken the container over: then it is no longer ours to end. */
  isMine(): Promise<boolean>;
  beat(): Promise<void>;
}

type Ending = Exclude<JobOutcome['reason'], 'finished' | 'failed'>;

const BEAT_MS = 1000;
/** After the end, for what the daemon still has to tell of the log. */
const LAST_WORDS_MS = 5000;

/** Starts the container if nobody has, and follows it to its end. Fails with `runner-unavailable` when the daemon goes away. */
export async function followContainer(followed: Followed): Promise<JobOutcome> {
  const { engine, container: { id, state }, log, signal } = followed;
  const isNew = state.Status === 'created';
  if (isNew && signal.aborted) return outcomeOf(followed, { ending: 'cancelled', exitCode: null, usage: { cpuSeconds: 0, peakMemoryMb: 0 } });
  let waiting = await engine.waitFor(id, isNew ? 'next-exit' : 'not-running');
  if (isNew) await engine.start(id);
  const watch = watchOver(followed, isNew ? Date.now() : Date.parse(state.StartedAt));
  const words = await engine.logs(id).catch(watch.stopAndThrow);
  if (words) for (const stream of [words.stdout, words.stderr]) log.follow(stream);
  try {
    let exitCode = await Promise.race([waiting?.exited, watch.lost]);
    // The daemon may have been restarted, or the wait cut off: its own word decides.
    for (let found = await engine.find(id); found?.state.Running && (await watch.isOurs()); found = await engine.find(id)) {
      waiting = await engine.waitFor(id, 'not-running');
      exitCode = await Promise.race([waiting?.exited, watch.lost]);
    }
    await Promise.race([words?.ended, sleep(LAST_WORDS_MS)]);
    return await outcomeOf(followed, { ending: watch.ending(), exitCode: exitCode ?? null, usage: watch.usage() });
  } finally {
    watch.stop();
    words?.stop();
  }
}

/** Beats, measures and enforces the limits until `stop`. */
function watchOver(followed: Followed, startedMs: number) {
  const { engine, container: { id }, job, log, graceMs, signal, onBeat, isMine, beat } = followed;
  const seconds = () => (Date.now() - startedMs) / 1000;
  const lost = Promise.withResolvers<undefined>();
  lost.promise.catch(() => undefined); // whoever follows looks at it when it is time
  const usage = { cpuSeconds: 0, peakMemoryMb: 0 };
  let ending: Ending | undefined;
  let isLooking = false;

  async function end(reason: Ending, sentence: string): Promise<void> {
    if (ending) return;
    ending = reason;
    if (!(await isMine())) return lost.resolve(undefined);
    log.note(sentence);
    await engine.stop(id, graceMs).catch(lost.reject);
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    try {
      await beat();
      const now = await engine.usage(id);
      if (now) Object.assign(usage, { cpuSeconds: Math.max(usage.cpuSeconds, now.cpuSeconds), peakMemoryMb: Math.max(usage.peakMemoryMb, now.peakMemoryMb) });
    } catch (error) {
      lost.reject(error);
    } finally {
      isLooking = false;
    }
  }

  const cancel = () => void end('cancelled', `cancelled after ${seconds().toFixed(1)} s`);
  const beats = setInterval(() => {
    onBeat({ seconds: seconds(), line: log.lastLines.at(-1) ?? '' });
    void look();
  }, BEAT_MS);
  const timeout = setTimeout(() => void end('timed-out', `ended: it took longer than ${job.timeoutMs / 1000} s`), Math.max(0, startedMs + job.timeoutMs - Date.now()));
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();

  function stop(): void {
    clearInterval(beats);
    clearTimeout(timeout);
    signal.removeEventListener('abort', cancel);
  }

  return {
    /** Rejects when the daemon is lost; resolves when the container is another attempt's now and this one was told to end. */
    lost: lost.promise,
    ending: () => ending,
    usage: () => usage,
    isOurs: async () => ending === undefined || isMine(),
    stop,
    stopAndThrow: (error: unknown): never => {
      stop();
      throw error;
    },
  };
}

async function outcomeOf({ engine, container, job, log }: Followed, told: { ending: Ending | undefined; exitCode: number | null; usage: { cpuSeconds: number; peakMemoryMb: number } }): Promise<JobOutcome> {
  const state = (await engine.find(container.id))?.state;
  const exitCode = told.exitCode ?? (state?.Status === 'exited' ? state.ExitCode : null);
  const isStarved = state?.OOMKilled === true;
  const isDone = await hasResult(job.folder);
  if (isStarved) log.note(`it, or a process that it started, was killed for want of memory; its limit is ${job.memoryMb} MiB`);
  else if (exitCode === 0 && !isDone) log.note('it ended with exit code 0 but without result.json');
  return {
    exitCode,
    reason: told.ending ?? reasonOf({ exitCode, isStarved, isDone, lastLines: log.lastLines }),
    logFile: path.join(job.folder, 'log.txt'),
    lastLines: [...log.lastLines],
    cpuSeconds: told.usage.cpuSeconds,
    peakMemoryMb: isStarved ? Math.max(job.memoryMb, told.usage.peakMemoryMb) : told.usage.peakMemoryMb,
  };
}

/** Exit code, then the mark of a lack of memory, then the result: an exit code of 0 alone says little. */
function reasonOf({ exitCode, isStarved, isDone, lastLines }: { exitCode: number | null; isStarved: boolean; isDone: boolean; lastLines: readonly string[] }): JobOutcome['reason'] {
  if (isStarved || (exitCode !== 0 && ranOutOfHeap(lastLines))) return 'out-of-memory';
  return exitCode === 0 && isDone ? 'finished' : 'failed';
}
