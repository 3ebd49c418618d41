import { failed, type CheckVerdict } from '../check.ts';
import { isSettled, type DayState } from './manifest.ts';
import type { DayDue } from './day-due.ts';
import type { InstantUs } from '../calendar/day.ts';

interface Judged {
  readonly state: DayState;
  readonly checks: readonly CheckVerdict[];
}

/** Does a morning leave the day alone? One that was waived is not done with until it was looked at (the last time at `lookedUs`) when its source leaves it alone. */
export function isDone(state: DayState, due: DayDue | undefined, lookedUs: InstantUs): boolean {
  return isSettled(state) && (state !== 'waived' || due === undefined || due.settledAtUs <= lookedUs);
}

/**
 * Whether the responsibility that a person took for a day covers what its source has made of it since: everything that
 * is wrong with it now was wrong with it then. A day that is right now needs nobody.
 */
export function isStillWaived(before: Judged & { readonly rows: number }, now: Judged): boolean {
  if (before.state !== 'waived') return false;
  if (now.state === 'empty') return before.rows === 0;
  const then = new Set(failed(before.checks).map(({ check }) => check));
  const wrong = failed(now.checks);
  return wrong.length > 0 && wrong.every(({ check }) => then.has(check));
}
