import { sumOver, windowStart, type Past } from '../past.ts';
import type { FeatureDefinition } from './definition.ts';

const WINDOW_DAYS = [7, 14, 28, 56] as const;

/** What a person did lately: the last 1, 2, 4 and 8 weeks of local days before the cut. An empty one tells a silence at least that long. */
export const windowFeatures: readonly FeatureDefinition[] = WINDOW_DAYS.flatMap((days): FeatureDefinition[] => [
  {
    name: `active_days_${days}d`, unit: 'days', transform: 'log1p', reveals: ['last-activity'],
    formula: `distinct local days with an event among the ${days} before the cut`,
    compute: (past: Past) => past.activeDays.filter((day) => day >= past.cutDayNumber - days).length,
  },
  {
    name: `events_${days}d`, unit: 'events', transform: 'log1p', reveals: ['last-activity'],
    formula: `events in the ${days} local days before the cut`,
    compute: (past: Past) => past.count - windowStart(past, days),
  },
  {
    name: `value_${days}d`, unit: 'value', transform: 'log1p', reveals: ['last-activity'],
    formula: `sum of values in the ${days} local days before the cut`,
    compute: (past: Past) => sumOver(past, (index) => past.timeline.values[index]!, windowStart(past, days)), // sumOver stays below count ≤ length
  },
]);
