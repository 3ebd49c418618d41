import { Failure } from '../failure.ts';

/** How far a rollup's newest closed minute lies back; fails with `probe-failed` where that is more than is allowed. `closedUntil` is in seconds. */
export function clockLag(closedUntil: number | null, nowMs: number, allowedMinutes: number): string {
  if (closedUntil === null) return 'no minute is closed yet';
  const minutes = Math.max(0, Math.floor((nowMs / 1000 - closedUntil) / 60));
  const said = `the newest closed minute ended ${minutes === 1 ? '1 minute' : `${minutes} minutes`} ago`;
  if (minutes > allowedMinutes) throw new Failure('probe-failed', `${said}; expected at most ${allowedMinutes}`, { isFinal: false });
  return said;
}
