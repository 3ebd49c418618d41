import { Failure } from '../failure.ts';

/**
 * Scores put in order once, highest first, so that any weighting of whole units (people, for the bootstrap) can be judged
 * in one pass. All arrays but the last two have one entry a row, in that order.
 */
export interface Ranking {
  readonly score: Float64Array;
  readonly label: Uint8Array;
  /** Which unit the row belongs to: the index of its weight. */
  readonly unit: Int32Array;
  /** 1 on the last row of each run of equal scores. Within such a run the order says nothing and must not matter. */
  readonly endsTie: Uint8Array;
  /** Rows and positives of each unit, by unit. */
  readonly rowsOfUnit: Float64Array;
  readonly positivesOfUnit: Float64Array;
}

/** The weights of an unweighted figure: without `units` every row belongs to unit 0. */
export const unweighted: Int32Array = Int32Array.of(1);

/** Rows by falling score. `labels` are 0 or 1, `units` are 0…unitCount − 1. Fails when lengths differ or a score is not a number. */
export function rankingOf(scores: ArrayLike<number>, labels: ArrayLike<number>, units?: Int32Array, unitCount = 1): Ranking {
  const rows = scores.length;
  if (labels.length !== rows) throw new Failure('bad-argument', `${rows} scores but ${labels.length} labels; expected one label a score`);
  const order = new Uint32Array(rows).map((_, row) => row).sort((a, b) => scores[b]! - scores[a]!);
  const ranking = {
    score: new Float64Array(rows),
    label: new Uint8Array(rows),
    unit: new Int32Array(rows),
    endsTie: new Uint8Array(rows),
    rowsOfUnit: new Float64Array(unitCount),
    positivesOfUnit: new Float64Array(unitCount),
  };
  order.forEach((row, place) => {
    const score = scores[row]!;
    if (Number.isNaN(score)) throw new Failure('bad-argument', `the score of row ${row} is not a number`);
    ranking.score[place] = score;
    ranking.label[place] = labels[row]!;
    ranking.unit[place] = units?.[row] ?? 0;
    ranking.endsTie[place] = place + 1 === rows || scores[order[place + 1]!] !== score ? 1 : 0;
    ranking.rowsOfUnit[ranking.unit[place]!]! += 1;
    ranking.positivesOfUnit[ranking.unit[place]!]! += labels[row]!;
  });
  return ranking;
}

/** Rows and positives after weighting; the same for all recipes judged on the same rows. */
export interface Totals {
  readonly rows: number;
  readonly positives: number;
}

export function totalsOf(ranking: Ranking, weights: Int32Array): Totals {
  return { rows: weightedSum(ranking.rowsOfUnit, weights), positives: weightedSum(ranking.positivesOfUnit, weights) };
}

/** Σ value × weight over units. A plain loop: a callback here was three quarters of a bootstrap's time. */
export function weightedSum(ofUnit: Float64Array, weights: Int32Array): number {
  let sum = 0;
  for (let unit = 0; unit < ofUnit.length; unit++) sum += ofUnit[unit]! * weights[unit]!;
  return sum;
}
