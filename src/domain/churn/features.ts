import { amountFeatures } from './features/amount.ts';
import { recencyFeatures } from './features/recency.ts';
import { rhythmFeatures } from './features/rhythm.ts';
import { windowFeatures } from './features/windows.ts';
import { localClock } from './local-time.ts';
import { pastOf, type Past } from './past.ts';
import { timelineOf } from './timeline.ts';
import type { ActivityEvent } from '../activity/event.ts';
import type { InstantUs } from '../calendar/day.ts';
import type { FeatureDefinition } from './features/definition.ts';
import type { LabelRule } from './rule.ts';

/** Grows by one whenever a feature is added, removed, reordered or computed differently; stored beside every row. */
export const FEATURE_LIST_VERSION = 1;

/** Every feature, in the order in which its value stands in a row. */
export const FEATURES: readonly FeatureDefinition[] = [...recencyFeatures, ...amountFeatures, ...windowFeatures, ...rhythmFeatures];

/**
 * The features of a person at `cutUs`, in the order of FEATURES; every value is finite. `events` are in time order; those at or
 * after the cut change nothing. RangeError when none is before the cut.
 */
export function computeFeatures(events: readonly ActivityEvent[], cutUs: InstantUs, timeZone: string): number[] {
  const localTimeOf = localClock(timeZone);
  const past = pastOf(timelineOf(events, localTimeOf), cutUs, localTimeOf);
  if (past === null) throw new RangeError('features need at least one event before the cut');
  return featuresOf(past);
}

/** The same from a past already at hand: what row building uses, so both are one code. */
export function featuresOf(past: Past): number[] {
  return FEATURES.map((feature) => feature.compute(past));
}

/** The features a model may use under `label`: a field that defines the label tells the answer, so it is left out. */
export function featuresUnder(label: LabelRule): readonly FeatureDefinition[] {
  switch (label.kind) {
    case 'horizon':
      return FEATURES;
    case 'fixed-days':
      return FEATURES.filter((feature) => !feature.reveals.includes('last-activity'));
    case 'mean-gap':
      return FEATURES.filter((feature) => !feature.reveals.includes('last-activity') && !feature.reveals.includes('gap'));
  }
}
