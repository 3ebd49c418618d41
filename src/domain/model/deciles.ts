import { Failure } from '../failure.ts';

/**
 * The decile of each probability among all of the week's, 1 the least and 10 the most likely to churn: 1 + ⌊10 · (how many are
 * smaller) / n⌋. Equal probabilities share a decile; the order of people does not matter. Fails on a value that is not a number.
 */
export function decilesOf(probabilities: Float64Array): Uint8Array {
  const thresholds = decileThresholds(probabilities);
  return Uint8Array.from(probabilities, (probability) => decileOf(probability, thresholds));
}

/**
 * Nine rising thresholds that give the same deciles one person at a time, for scoring in two passes: a first over the
 * probabilities alone (8 bytes a person), a second that writes rows. All infinite for an empty week.
 */
export function decileThresholds(probabilities: Float64Array): Float64Array {
  const sorted = probabilities.toSorted(); // NaN sorts last
  const largest = sorted.at(-1) ?? 0;
  if (Number.isNaN(largest)) throw new Failure('bad-argument', 'a probability is not a number, so the week has no deciles');
  return Float64Array.from({ length: 9 }, (_, index) => sorted[Math.ceil(((index + 1) * sorted.length) / 10) - 1] ?? Infinity);
}

/** 1 + how many of the thresholds lie below the probability. */
export function decileOf(probability: number, thresholds: Float64Array): number {
  let decile = 1;
  for (const threshold of thresholds) if (threshold < probability) decile++;
  return decile;
}
