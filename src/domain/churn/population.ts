/** What the mean-gap rule compares a person with: no single life tells it. */
export interface Population {
  /** Mean over people of their mean gap, in days, from events before the week's T. */
  readonly meanGapDays: number;
}

/** Some people who have a mean gap, and the sum of theirs. */
export interface Gaps {
  readonly people: number;
  readonly sumDays: number;
}

/**
 * The mean over people of their mean gap; 0 when nobody has one. The sum is plain, left to right, as in the published value
 * this reproduces (a compensated sum differs in its last digits), so it depends on the order.
 */
export function meanGapOfPopulation(parts: readonly Gaps[]): Population {
  const people = parts.reduce((total, part) => total + part.people, 0);
  return { meanGapDays: parts.reduce((total, { sumDays }) => total + sumDays, 0) / Math.max(1, people) };
}
