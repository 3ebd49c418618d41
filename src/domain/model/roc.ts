import { rankingOf, unweighted, type Ranking } from './ranking.ts';

/**
 * ROC-AUC: the chance that a positive scores above a negative, ties counting half; the Mann–Whitney U with mid-ranks
 * divided by positives × negatives (Hanley & McNeil 1982). NaN when a class is missing. O(n log n).
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return weightedRocAuc(rankingOf(scores, labels), unweighted);
}

/**
 * PR-AUC as average precision: Σ (recall step × precision) over distinct scores, no interpolation, as scikit-learn's
 * `average_precision_score`. Its value for scores that say nothing is the base rate. NaN without positives.
 */
export function prAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  return weightedPrAuc(rankingOf(scores, labels), unweighted);
}

/** ROC-AUC when each unit counts `weights[unit]` times; O(n). Exact in whole numbers below 2^53, so order never shows. */
export function weightedRocAuc(ranking: Ranking, weights: Int32Array): number {
  const { label, unit, endsTie } = ranking;
  let positivesAbove = 0;
  let rowsAbove = 0;
  let positives = 0;
  let rows = 0;
  let won = 0; // pairs ranked rightly, ties as half
  for (let place = 0; place < unit.length; place++) {
    const weight = weights[unit[place]!]!;
    rows += weight;
    positives += weight * label[place]!;
    if (endsTie[place] === 0) continue;
    const tiedPositives = positives - positivesAbove;
    const tiedNegatives = rows - rowsAbove - tiedPositives;
    won += tiedNegatives * (positivesAbove + tiedPositives / 2);
    positivesAbove = positives;
    rowsAbove = rows;
  }
  return won / (positives * (rows - positives));
}

/** Average precision when each unit counts `weights[unit]` times; O(n). */
export function weightedPrAuc(ranking: Ranking, weights: Int32Array): number {
  const { label, unit, endsTie } = ranking;
  let positivesAbove = 0;
  let positives = 0;
  let rows = 0;
  let sum = 0;
  for (let place = 0; place < unit.length; place++) {
    const weight = weights[unit[place]!]!;
    rows += weight;
    positives += weight * label[place]!;
    if (endsTie[place] === 0 || positives === positivesAbove) continue;
    sum += ((positives - positivesAbove) * positives) / rows;
    positivesAbove = positives;
  }
  return sum / positives;
}
