/** Moments of recent restarts, in milliseconds of one clock. */
export type RestartHistory = readonly number[];

const windowMs = 10 * 60_000;
const limit = 20;
const firstDelayMs = 200;
const longestDelayMs = 10_000;

/**
 * How long to wait before starting a process again: not at all noticeable once, doubling while it keeps ending, up to 10 s;
 * undefined when it ended 20 times within 10 minutes, which no restart will cure.
 */
export function nextRestart(options: { history: RestartHistory; nowMs: number }): { delayMs: number; history: RestartHistory } | undefined {
  const recent = options.history.filter((moment) => options.nowMs - moment < windowMs);
  if (recent.length >= limit) return undefined;
  return { delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** recent.length), history: [...recent, options.nowMs] };
}
