import { countGroups, sumOver, type Past } from '../past.ts';
import type { FeatureDefinition } from './definition.ts';

/** How much a person did, and what it was worth, over their whole past. */
export const amountFeatures: readonly FeatureDefinition[] = [
  {
    name: 'events', unit: 'events', transform: 'log1p', reveals: [],
    formula: 'number of events',
    compute: (past) => past.count,
  },
  {
    name: 'groups', unit: 'groups', transform: 'log1p', reveals: [],
    formula: 'number of distinct groups (invoices, orders, sessions); 0 where events have none',
    compute: (past) => countGroups(past),
  },
  {
    name: 'active_days', unit: 'days', transform: 'log1p', reveals: [],
    formula: 'number of distinct local days with an event',
    compute: (past) => past.activeDays.length,
  },
  {
    name: 'active_days_per_week', unit: 'per week', transform: 'log1p', reveals: [],
    formula: 'active days / weeks from the first active day to the cut, at least one day',
    compute: (past) => (7 * past.activeDays.length) / Math.max(1, past.cutDayNumber - past.activeDays[0]!), // a past has an active day
  },
  {
    name: 'events_per_active_day', unit: 'events', transform: 'log1p', reveals: [],
    formula: 'events / active_days',
    compute: (past) => past.count / past.activeDays.length,
  },
  {
    name: 'value_total', unit: 'value', transform: 'log1p', reveals: [],
    formula: 'sum of the values of all events',
    compute: valueTotal,
  },
  {
    name: 'value_per_active_day', unit: 'value', transform: 'log1p', reveals: [],
    formula: 'value_total / active_days',
    compute: (past) => valueTotal(past) / past.activeDays.length,
  },
  {
    name: 'value_per_event', unit: 'value', transform: 'log1p', reveals: [],
    formula: 'value_total / events',
    compute: (past) => valueTotal(past) / past.count,
  },
  {
    name: 'negative_share', unit: 'share', transform: 'none', reveals: [],
    formula: 'share of events with a value below 0 (cancellations, returns)',
    compute: (past) => sumOver(past, (index) => (past.timeline.values[index]! < 0 ? 1 : 0)) / past.count, // index < count
  },
];

function valueTotal(past: Past): number {
  return sumOver(past, (index) => past.timeline.values[index]!); // sumOver stays below count ≤ length
}
