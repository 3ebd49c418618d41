/** A unit of heavy work that runs in a process (or container, or pod) of its own. */
export interface Job {
  /** From the work's identity, so that a retry finds its own: `train/shop/2011-W36/r1`. */
  readonly id: string;
  /** Which program of ours: only names that the runner knows. `rollup` is a Spark job. */
  readonly program: 'trainer' | 'rollup';
  /** Folder with `job.json` inside and where `result.json` must appear; nothing else is shared. */
  readonly folder: string;
  /** Files in the folder that it reads; it cannot change them where the plug can see to that. */
  readonly inputs: readonly string[];
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

export interface RunOptions {
  readonly signal: AbortSignal;
  onBeat(progress: { seconds: number; line: string }): void;
  /** Fills the folder anew. Not called when the work that an earlier attempt began is taken over. */
  prepare?(): Promise<void>;
}

/** SOCKET: where heavy work runs. */
export interface JobRunner {
  /**
   * Runs the job to its end. Calls `onBeat` at least every two seconds, from before its folder is filled until its result is there. Cancelling kills everything that it
   * started. What an earlier attempt left under the same id is taken over where it is the same work in the same folder and the
   * plug can, else it is ended first: two never run side by side. Fails with `runner-unavailable`, or as the
   * cluster or the store of artifacts that it needs does.
   */
  run(job: Job, options: RunOptions): Promise<JobOutcome>;
  /** Ends whatever a dead owner left behind and nobody will take over any more; returns the ids. */
  sweep(): Promise<readonly string[]>;
}
