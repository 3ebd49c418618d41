import type { RunOptions } from '../ports/job-runner.ts';

const BEAT_MS = 1000;

/** Beats as long as `work` goes on: what a runner does before its job lives, and after, may take longer than a beat may fail. */
export async function whileBeating<T>({ onBeat }: Pick<RunOptions, 'onBeat'>, line: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const beats = setInterval(() => onBeat({ seconds: (performance.now() - began) / 1000, line }), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beats);
  }
}
