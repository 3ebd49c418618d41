import type { Tolerance } from '../domain/activity/ga4/reconcile-day.ts';
import type { DayChecks } from '../domain/activity/verdict.ts';
import type { FinalityPolicy } from '../domain/activity/manifest.ts';
import type { PropertyCalendar } from '../domain/calendar/property-calendar.ts';
import type { ChurnRule } from '../domain/churn/rule.ts';
import type { WeekChecks } from '../domain/model/week-checks.ts';

/** What the steps need to know of one property; the configuration satisfies it. */
export interface PropertySettings {
  readonly timeZone: string;
  readonly shards: number;
  readonly calendar: Omit<PropertyCalendar, 'timeZone'>;
  readonly churn: ChurnRule;
  readonly checks: DayChecks & WeekChecks & { readonly reconciliation: Tolerance };
  readonly training: {
    readonly seed: number;
    readonly evaluationSnapshots: number;
    readonly l2: number;
    readonly dense: boolean;
    readonly denseEpochs: number;
    readonly timeoutMinutes: number;
    readonly memoryMb: number;
  };
  readonly approval: 'auto' | 'manual';
  /** What weeks wait for. */
  readonly finality: FinalityPolicy;
  readonly keepServing: number;
  readonly schedules: { readonly ingestAt: string; readonly lookBackDays: number; readonly lateAfterHours: number; readonly paused?: boolean };
}

/** Settings of every property by name; fails with `property-unknown`. */
export type SettingsOf = (property: string) => PropertySettings;

/** How much the steps do at once. */
export interface Limits {
  readonly chunkRows: number;
  readonly daysAtOnce: number;
  readonly shardsAtOnce: number;
  readonly maximumLiveWeeks: number;
}
