import type { Comparison, DayFigures, Reconciled } from '../domain/activity/ga4/reconcile-day.ts';
import type { Day } from '../domain/calendar/day.ts';

/** How a final day compares with what its source's owner reports, or why it was not compared. */
export interface DayReconciliation {
  readonly property: string;
  readonly day: Day;
  readonly generation: number;
  readonly verdict: Reconciled['verdict'] | 'not-compared';
  /** Empty when nothing was compared. */
  readonly comparisons: readonly Comparison[];
  /** What the report says of the day, compared or not; null where there was none, and where it was read before reports were kept. */
  readonly reported: DayFigures | null;
  readonly marks: readonly string[];
  readonly sentence: string;
}

/** SOCKET: comparisons of days with reports. */
export interface ReconciliationStore {
  /** An upsert by (property, day, generation): the newest comparison stands. */
  write(reconciliation: DayReconciliation): Promise<void>;
  /** Those of a closed range of days, in order of day and generation. */
  list(property: string, from: Day, to: Day): Promise<readonly DayReconciliation[]>;
}
