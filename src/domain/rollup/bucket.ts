/**
 * `exact`: the mean of a bucket is the mean of its readings, at every level. `mean-of-means`: from hours on it is the mean
 * of the means of the buckets below, each counting the same, as the older definition had it.
 */
export type Semantics = 'exact' | 'mean-of-means';

/** What is kept of the readings of one member on one platform in one bucket. `first` and `last` are by time. */
export interface Bucket {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  /** Minutes in which there was any reading: completeness is these against the minutes of the bucket. */
  readonly minutes: number;
}

/** The bucket of one minute from the values of its readings, in order of time; at least one. */
export function bucketOfReadings(values: readonly number[]): Bucket {
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a bucket is made of at least one reading');
  return { sum, count: values.length, min, max, first, last, mean: sum / values.length, minutes: 1 };
}

/**
 * Two buckets as one, with the exact mean. Associative, so a day is the same from hours, from minutes or from any other
 * pieces in order of time; sums are exact for whole numbers up to 2^53, else to the rounding of doubles.
 */
export function merge(earlier: Bucket, later: Bucket): Bucket {
  const sum = earlier.sum + later.sum;
  const count = earlier.count + later.count;
  return {
    sum, count, mean: sum / count, min: Math.min(earlier.min, later.min), max: Math.max(earlier.max, later.max),
    first: earlier.first, last: later.last, minutes: earlier.minutes + later.minutes,
  };
}

/** The bucket one level up from those below it, in order of time; at least one. */
export function rolledUp(children: readonly Bucket[], semantics: Semantics): Bucket {
  const [first, ...others] = children;
  if (!first) throw new RangeError('a bucket is made of at least one bucket');
  const merged = others.reduce(merge, first);
  return semantics === 'exact' ? { ...merged, mean: merged.sum / merged.count } : { ...merged, mean: children.reduce((total, { mean }) => total + mean, 0) / children.length };
}
