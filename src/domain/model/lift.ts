import { rankingOf, totalsOf, unweighted, type Ranking, type Totals } from './ranking.ts';

/**
 * Lift at 10 %: the share of positives among the tenth of rows with the highest scores, divided by the base rate. The
 * tenth may end inside a row or a tie: what lies on the border counts in proportion, so the order of ties says nothing.
 * 1 for scores that say nothing; NaN without positives.
 */
export function liftAtTenth(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const ranking = rankingOf(scores, labels);
  return weightedLiftAtTenth(ranking, unweighted, totalsOf(ranking, unweighted));
}

/** Lift at 10 % when each unit counts `weights[unit]` times; reads only the first tenth of the rows. */
export function weightedLiftAtTenth(ranking: Ranking, weights: Int32Array, totals: Totals): number {
  const { label, unit, endsTie } = ranking;
  const tenth = totals.rows / 10;
  let positivesAbove = 0;
  let rowsAbove = 0;
  let positives = 0;
  let rows = 0;
  for (let place = 0; place < unit.length; place++) {
    const weight = weights[unit[place]!]!;
    rows += weight;
    positives += weight * label[place]!;
    if (endsTie[place] === 0) continue;
    if (rows >= tenth) break;
    positivesAbove = positives;
    rowsAbove = rows;
  }
  const caught = positivesAbove + ((positives - positivesAbove) * (tenth - rowsAbove)) / (rows - rowsAbove);
  return caught / tenth / (totals.positives / totals.rows);
}
