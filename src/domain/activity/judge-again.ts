import { isSettled, type DayState } from './manifest.ts';
import { judgeDay, volumeLookBackDays, type DayChecks, type DayCounts, type PastVolume } from './verdict.ts';
import type { Day } from '../calendar/day.ts';

/** A day as it stands now. */
export interface JudgedDay extends DayCounts {
  readonly day: Day;
  readonly state: DayState;
  readonly reason: string | null;
}

/** A day whose volume says something else than what stands there. */
export interface ChangedVerdict {
  readonly day: Day;
  readonly was: DayState;
  readonly state: 'final' | 'low-volume';
  readonly reason: string | null;
}

/** What a day's volume is measured against: the settled ones of the days before it. */
export function settledVolumes(days: readonly JudgedDay[]): PastVolume[] {
  return days.filter(({ state }) => isSettled(state)).map(({ day, rows, anonymous }) => ({ day, records: rows + anonymous }));
}

/**
 * Judges the volume of the days from `from` on again, oldest first, each against the days before it as they are after that. Days that came
 * in side by side, or newest first, were measured against a past with holes; this is the same whatever their
 * order was. Only `final` and `low-volume` change, into each other. `days` in order, with the look-back before `from`.
 */
export function judgeAgain(days: readonly JudgedDay[], from: Day, checks: DayChecks): ChangedVerdict[] {
  const standing: JudgedDay[] = [];
  const changes: ChangedVerdict[] = [];
  for (const known of days) {
    const verdict = known.day < from || (known.state !== 'final' && known.state !== 'low-volume') ? null : judgeDay(known.day, known, checks, settledVolumes(standing.slice(-volumeLookBackDays)));
    const isNews = verdict !== null && (verdict.state !== known.state || verdict.reason !== known.reason);
    if (isNews && (verdict.state === 'final' || verdict.state === 'low-volume')) {
      changes.push({ day: known.day, was: known.state, state: verdict.state, reason: verdict.reason });
      standing.push({ ...known, state: verdict.state });
    } else standing.push(known);
  }
  return changes;
}
