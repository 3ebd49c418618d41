import { setTimeout as delay } from 'node:timers/promises';
import type { Liveness } from './process-spec.ts';

const hourMs = 3_600_000;
const mostAnHour = 3;

/**
 * Looks at a process that is ready until the signal: true when it lives and does not answer so often in a row that it has to
 * be ended, false at the signal, or when that did not help three times within the hour. `history` are moments of such ends.
 */
export async function watchHung(options: { liveness: Liveness; signal: AbortSignal; history: readonly number[] }): Promise<boolean> {
  const { liveness: { look, everyMs, failures }, signal, history } = options;
  if (history.filter((moment) => performance.now() - moment < hourMs).length >= mostAnHour) return false;
  for (let failed = 0; failed < failures; ) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return false;
    failed = await look().then(() => 0, () => failed + 1);
  }
  return !signal.aborted;
}
