import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { quantileSorted } from 'simple-statistics';
import type { InPieces } from './in-pieces.ts';

/** A figure with its 95 % interval and standard error; null where the data do not define it. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly standardError: number | null;
}

/**
 * Bootstrap by unit (Efron 1979, clustered): each replicate draws `unitCount` units with replacement and all rows of a unit
 * come along, because the rows of one person are not independent. `figures` gives a fixed number of figures for how often each
 * unit counts; it must not keep the weights. Returns one array a figure with a value a replicate; all figures see the same
 * draws, so their differences are paired. The same seed gives the same values. A replicate is a piece.
 */
export function* bootstrap(unitCount: number, figures: (weights: Int32Array) => readonly number[], replicates: number, seed: number): InPieces<Float64Array[]> {
  const random = xoroshiro128plus(seed);
  const weights = new Int32Array(unitCount);
  const values = figures(weights).map(() => new Float64Array(replicates));
  for (let replicate = 0; replicate < replicates; replicate++) {
    weights.fill(0);
    for (let draw = 0; draw < unitCount; draw++) weights[uniformInt(random, 0, unitCount - 1)]! += 1;
    figures(weights).forEach((value, figure) => {
      values[figure]![replicate] = value;
    });
    yield;
  }
  return values;
}

/**
 * `value` with the percentile interval (2.5 % to 97.5 %) and the standard deviation of its replicates. Replicates where the
 * figure is not defined (one class drawn only) are left out; with fewer than half left there is no interval.
 */
export function estimateOf(value: number, replicates: Float64Array): Estimate {
  const defined = Array.from(replicates.filter(Number.isFinite).sort());
  if (!Number.isFinite(value) || defined.length === 0 || defined.length < replicates.length / 2) {
    return { value: Number.isFinite(value) ? value : null, low: null, high: null, standardError: null };
  }
  const mean = defined.reduce((sum, each) => sum + each, 0) / defined.length;
  const variance = defined.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, defined.length - 1);
  return { value, low: quantileSorted(defined, 0.025), high: quantileSorted(defined, 0.975), standardError: Math.sqrt(variance) };
}

/** The paired difference `a − b` with its interval; `value` is the difference of the figures themselves. */
export function differenceOf(value: number, a: Float64Array, b: Float64Array): Estimate {
  return estimateOf(value, a.map((each, replicate) => each - b[replicate]!));
}
