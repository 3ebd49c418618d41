/** A unit of heavy work that runs in a process (or container, or pod) of its own. */
export interface Job {
  /** From the work's identity, so that a retry finds its own: `train/shop/2011-W36/r1`. */
  readonly id: string;
  /** Which program of ours: only names that the runner knows. */
  readonly program: 'trainer';
  /** Folder with `job.json` inside and where `result.json` must appear; nothing else is shared. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

export interface JobOutcome {
  readonly exitCode: number | null;
  readonly reason: 'finished' | 'failed' | 'timed-out' | 'out-of-memory' | 'cancelled';
  /** The kept log; its last lines explain a failure. */
  readonly logFile: string;
  readonly lastLines: readonly string[];
  readonly cpuSeconds: number;
  readonly peakMemoryMb: number;
}

/** SOCKET: where heavy work runs. */
export interface JobRunner {
  /** Runs the job to its end. Calls `onBeat` at least every two seconds while it lives. Cancelling kills the whole process group. A leftover of the same id is ended first. */
  run(job: Job, options: { signal: AbortSignal; onBeat(progress: { seconds: number; line: string }): void }): Promise<JobOutcome>;
  /** Ends whatever a dead owner left behind; returns the ids. */
  sweep(): Promise<readonly string[]>;
}
