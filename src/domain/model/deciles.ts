import { Failure } from '../failure.ts';

/**
 * Nine rising thresholds between the deciles of all of a week's probabilities, for scoring in two passes: a first over the
 * probabilities alone (8 bytes a person), a second that writes rows. All infinite for an empty week; fails on a value that
 * is not a number.
 */
export function decileThresholds(probabilities: Float64Array): Float64Array {
  const sorted = probabilities.toSorted(); // NaN sorts last
  const largest = sorted.at(-1) ?? 0;
  if (Number.isNaN(largest)) throw new Failure('bad-argument', 'a probability is not a number, so the week has no deciles');
  return Float64Array.from({ length: 9 }, (_, index) => sorted[Math.ceil(((index + 1) * sorted.length) / 10) - 1] ?? Infinity);
}

/**
 * 1 + how many of the thresholds lie below the probability: 1 the least and 10 the most likely to churn. Over a whole week
 * that is 1 + ⌊10 · (how many are smaller) / n⌋: equal probabilities share a decile, the order of people does not matter.
 */
export function decileOf(probability: number, thresholds: Float64Array): number {
  let decile = 1;
  for (const threshold of thresholds) if (threshold < probability) decile++;
  return decile;
}
