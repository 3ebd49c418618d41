import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import { openJobLog, ranOutOfHeap, type JobLog } from './job-log.ts';
import { markOf, signalGroup, usageOfGroup } from './process-table.ts';
import { endGroup, runningJobs, type RunningJob } from './running-jobs.ts';
import { whileBeating } from './while-beating.ts';
import type { Job, JobOutcome, JobRunner, RunOptions } from '../ports/job-runner.ts';

/** What starts a job that is no program of Node's; it is given `environment` beside what every job gets. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildProcessOptions {
  /** The file of each program, run with this Node as `node <file> <job folder> --end-with-stdin`, or what starts it. All end when their standard input does. */
  readonly programs: Readonly<Partial<Record<Job['program'], string | ((job: Job) => Launch)>>>;
  /** Where running jobs are written down, so that a later process can end what a dead one left. */
  readonly recordFolder: string;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** Is told each line of a job's log, too. */
  readonly echo?: (line: string) => void;
}

/** Of the environment only what a program needs: no secret of ours reaches a child. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH', 'TF_CPP_MIN_LOG_LEVEL', 'TF_NUM_INTRAOP_THREADS'];
const POLL_MS = 200;
const BEAT_MS = 1000;

/** PLUG: jobs as child processes, limited and ended like a container. Linux: it reads /proc. */
export function childProcessRunner({ programs, recordFolder, graceMs = 2000, echo }: ChildProcessOptions): JobRunner {
  const records = runningJobs(recordFolder);

  async function endLeftover(leftover: RunningJob | undefined): Promise<void> {
    if (!leftover) return;
    await endGroup(leftover.job, graceMs);
    await records.forget(leftover);
  }

  async function runToEnd(options: { job: Job; log: JobLog } & RunOptions): Promise<JobOutcome> {
    const { job, log } = options;
    const child = start(launchOf(programs[job.program], job), log);
    const [exited, closed] = [once(child, 'exit'), once(child, 'close')];
    const running = await recordOf(job, child, closed);
    try {
      await records.write(running);
      const watch = watchOver({ ...options, running, graceMs });
      await exited.finally(() => watch.stop());
      await endGroup(running.job, graceMs); // its own children, if it left any behind: they would hold the log open
      await closed;
      return watch.outcomeOf(child);
    } finally {
      signalGroup(running.job, 'SIGKILL');
      await records.forget(running);
    }
  }

  return {
    async run(job, options) {
      const { signal, onBeat, prepare } = options;
      await whileBeating(options, 'its folder is being filled', async () => {
        await endLeftover(await records.read(job.id));
        await prepare?.();
      });
      await rm(path.join(job.folder, 'result.json'), { force: true });
      const log = openJobLog(path.join(job.folder, 'log.txt'), echo);
      try {
        return await runToEnd({ job, log, signal, onBeat });
      } finally {
        log.close();
      }
    },
    async sweep() {
      const orphans = await records.orphans();
      for (const orphan of orphans) await endLeftover(orphan);
      return orphans.map(({ id }) => id).sort();
    },
  };
}

function launchOf(program: ChildProcessOptions['programs'][Job['program']], job: Job): Launch {
  if (program === undefined) throw new Failure('runner-unavailable', `job ${job.id} is of the program "${job.program}", which this runner does not have`);
  if (typeof program === 'function') return program(job);
  return { command: process.execPath, args: [`--max-old-space-size=${job.memoryMb}`, program, job.folder, '--end-with-stdin'], environment: {} };
}

function start({ command, args, environment }: Launch, log: JobLog): ChildProcess {
  const passedOn = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  const child = spawn(command, args, {
    detached: true, // a group of its own
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...passedOn, ...environment, TZ: 'UTC' },
  });
  child.stdin.on('error', () => {}); // the pipe is never written to; it only tells the child that we live
  log.follow(child.stdout);
  log.follow(child.stderr);
  return child;
}

async function recordOf(job: Job, child: ChildProcess, closed: Promise<unknown>): Promise<RunningJob> {
  const owner = markOf(process.pid);
  if (child.pid !== undefined && owner) return { id: job.id, owner, job: markOf(child.pid) ?? { pid: child.pid, started: 'ended at once' } };
  const cause = await closed.catch((error: Error) => error);
  throw new Failure('training-failed', `job ${job.id} could not be started: ${cause instanceof Error ? cause.message : 'this system has no /proc'}`, { cause, isFinal: false });
}

type Ending = Exclude<JobOutcome['reason'], 'finished' | 'failed'>;

/** Beats, measures and enforces the limits until `stop`. */
function watchOver(options: { job: Job; running: RunningJob; log: JobLog; graceMs: number } & RunOptions) {
  const { job, running, log, signal, onBeat, graceMs } = options;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let [cpuSeconds, peakMemoryMb] = [0, 0];
  let ending: Ending | undefined;

  function end(reason: Ending, sentence: string): void {
    if (ending) return;
    ending = reason;
    log.note(sentence);
    signalGroup(running.job, 'SIGTERM');
    void sleep(graceMs, undefined, { ref: false }).then(() => signalGroup(running.job, 'SIGKILL'));
  }

  const cancel = () => end('cancelled', `cancelled after ${seconds().toFixed(1)} s`);
  const poll = setInterval(() => {
    const usage = usageOfGroup(running.job);
    cpuSeconds = Math.max(cpuSeconds, usage?.cpuSeconds ?? 0);
    peakMemoryMb = Math.max(peakMemoryMb, usage?.peakMemoryMb ?? 0);
    if (usage && usage.memoryMb > job.memoryMb) end('out-of-memory', `ended: it used ${usage.memoryMb.toFixed(0)} MiB of memory, its limit is ${job.memoryMb} MiB`);
  }, POLL_MS);
  const beat = setInterval(() => onBeat({ seconds: seconds(), line: log.lastLines.at(-1) ?? '' }), BEAT_MS);
  const timeout = setTimeout(() => end('timed-out', `ended: it took longer than ${job.timeoutMs / 1000} s`), job.timeoutMs);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();

  return {
    stop(): void {
      clearInterval(poll);
      clearInterval(beat);
      clearTimeout(timeout);
      signal.removeEventListener('abort', cancel);
    },
    outcomeOf(child: ChildProcess): JobOutcome {
      const hasResult = existsSync(path.join(job.folder, 'result.json'));
      if (child.exitCode === 0 && !hasResult) log.note('it ended with exit code 0 but without result.json');
      const reason = ending ?? reasonOf(child, hasResult, log.lastLines);
      return { exitCode: child.exitCode, reason, logFile: path.join(job.folder, 'log.txt'), lastLines: [...log.lastLines], cpuSeconds, peakMemoryMb };
    },
  };
}

function reasonOf(child: ChildProcess, hasResult: boolean, lastLines: readonly string[]): JobOutcome['reason'] {
  if (child.exitCode === 0 && hasResult) return 'finished';
  return ranOutOfHeap(lastLines) ? 'out-of-memory' : 'failed';
}
