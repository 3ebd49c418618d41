import { rankingOf, unweighted, weightOf, type Ranking } from './ranking.ts';

/**
 * Lift at 10 %: the share of positives among the tenth of rows with the highest scores, divided by the base rate. The
 * tenth may end inside a row or a tie: what lies on the border counts in proportion, so the order of ties says nothing.
 * 1 for scores that say nothing; NaN without positives.
 */
export function liftAtTenth(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return weightedLiftAtTenth(rankingOf(scores, labels), unweighted);
}

/** Lift at 10 % when each unit counts `weights[unit]` times; O(n). */
export function weightedLiftAtTenth(ranking: Ranking, weights: Int32Array): number {
  const { label, unit, endsTie } = ranking;
  const all = weightOf(ranking, weights);
  const tenth = all / 10;
  let positivesAbove = 0;
  let rowsAbove = 0;
  let positives = 0;
  let rows = 0;
  let caught = 0; // positives inside the tenth
  for (let place = 0; place < unit.length; place++) {
    const weight = weights[unit[place]!]!;
    rows += weight;
    positives += weight * label[place]!;
    if (endsTie[place] === 0) continue;
    if (rowsAbove < tenth && rows > rowsAbove) {
      const inside = Math.min(1, (tenth - rowsAbove) / (rows - rowsAbove));
      caught += inside * (positives - positivesAbove);
    }
    positivesAbove = positives;
    rowsAbove = rows;
  }
  return caught / tenth / (positives / all);
}
