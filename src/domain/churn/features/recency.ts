import { mean, standardDeviation } from 'simple-statistics';
import type { Past } from '../past.ts';
import type { FeatureDefinition } from './definition.ts';

const DAY_US = 86_400_000_000;

/** When a person was first and last seen, and how far apart their active days lie. */
export const recencyFeatures: readonly FeatureDefinition[] = [
  {
    name: 'days_since_last', unit: 'days', transform: 'log1p', reveals: ['last-activity'],
    formula: '(cut − last event) / 24 h',
    compute: daysSinceLast,
  },
  {
    name: 'tenure_days', unit: 'days', transform: 'log1p', reveals: [],
    formula: '(cut − first event) / 24 h',
    compute: tenureDays,
  },
  {
    name: 'lifetime_share', unit: 'share', transform: 'none', reveals: ['last-activity'],
    formula: '(last event − first event) / (cut − first event): 0 for a single visit, near 1 when still active',
    compute: (past) => 1 - daysSinceLast(past) / tenureDays(past),
  },
  {
    name: 'has_gap', unit: 'yes or no', transform: 'none', reveals: ['gap'],
    formula: '1 with at least two active days, else 0; tells a gap of 0 from no gap',
    compute: (past) => (past.gaps.length > 0 ? 1 : 0),
  },
  {
    name: 'gap_mean', unit: 'days', transform: 'log1p', reveals: ['gap'],
    formula: 'mean of the days between neighbouring active days; 0 without a gap',
    compute: gapMean,
  },
  {
    name: 'gap_deviation', unit: 'days', transform: 'log1p', reveals: ['gap'],
    formula: 'population standard deviation of the gaps; 0 with fewer than two',
    compute: (past) => (past.gaps.length > 1 ? standardDeviation([...past.gaps]) : 0),
  },
  {
    name: 'last_against_mean_gap', unit: 'ratio', transform: 'log1p', reveals: ['last-activity', 'gap'],
    formula: 'days_since_last / gap_mean: above 1 when overdue; 0 without a gap',
    compute: (past) => (past.gaps.length > 0 ? daysSinceLast(past) / gapMean(past) : 0),
  },
];

function daysSinceLast(past: Past): number {
  return (past.cutUs - past.timeline.times[past.count - 1]!) / DAY_US; // a past has at least one event
}

function tenureDays(past: Past): number {
  return (past.cutUs - past.timeline.times[0]!) / DAY_US; // a past has at least one event
}

/** Gaps are at least one day each, so the mean is never 0 where there is a gap. */
function gapMean(past: Past): number {
  return past.gaps.length > 0 ? mean([...past.gaps]) : 0;
}
