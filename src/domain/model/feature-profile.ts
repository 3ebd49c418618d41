/** How uniform one feature is: its most frequent value, and the share of rows that have it. */
export interface FeatureProfile {
  readonly name: string;
  readonly value: number;
  readonly share: number;
}

export interface RowsProfile {
  readonly rows: number;
  readonly features: readonly FeatureProfile[];
}

/** Distinct values of a feature that are told apart. What nearly every row has is among the first 64 values in any order of people. */
const mostValues = 64;

/** Profiles rows one by one; memory is bounded by features × 64 values. A value that is not a number counts as 0: nothing there. */
export function rowsProfiler(names: readonly string[]): { add(features: ArrayLike<number>): void; result(): RowsProfile } {
  const counts = names.map(() => new Map<number, number>());
  let rows = 0;
  return {
    add(features) {
      rows += 1;
      counts.forEach((ofFeature, index) => {
        const value = Number.isFinite(features[index]) ? Number(features[index]) : 0;
        const known = ofFeature.get(value);
        if (known !== undefined || ofFeature.size < mostValues) ofFeature.set(value, (known ?? 0) + 1);
      });
    },
    result: () => ({ rows, features: names.map((name, index) => ({ name, ...mostFrequent(counts[index] ?? new Map(), rows) })) }),
  };
}

/** Of equally frequent values the smallest, so that equal rows give equal profiles. */
function mostFrequent(counts: ReadonlyMap<number, number>, rows: number): { value: number; share: number } {
  const [value, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] || (entry[1] === best[1] && entry[0] < best[0]) ? entry : best), [0, 0]);
  return { value, share: rows === 0 ? 0 : count / rows };
}
