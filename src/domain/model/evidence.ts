import { Failure } from '../failure.ts';
import type { Week } from '../calendar/week.ts';
import type { WalkForwardRow } from './training.ts';

/** Walk-forward rows as columns: one entry a row, at most one row a person and snapshot. */
export interface Evidence {
  readonly persons: Int32Array;
  /** Index into `weeks`. */
  readonly snapshots: Int32Array;
  /** The snapshots there are, in order of time. */
  readonly weeks: readonly Week[];
  /** 1 churned, 0 engaged. */
  readonly labels: Uint8Array;
  /** Uncalibrated probability of churn by recipe name. */
  readonly predictions: Readonly<Record<string, Float64Array>>;
}

/** Rows to columns. `recipes` are those of the first row unless they are said, as where there may be no row; fails when a row lacks one of them. */
export function evidenceOf(rows: readonly WalkForwardRow[], recipes: readonly string[] = Object.keys(rows[0]?.predictions ?? {})): Evidence {
  const weeks = [...new Set(rows.map((row) => row.snapshot))].sort();
  const places = new Map(weeks.map((week, index) => [week, index]));
  return {
    persons: Int32Array.from(rows, (row) => row.person),
    snapshots: Int32Array.from(rows, (row) => places.get(row.snapshot) ?? 0),
    weeks,
    labels: Uint8Array.from(rows, (row) => row.label),
    predictions: Object.fromEntries(recipes.map((name) => [name, Float64Array.from(rows, (row, index) => predictionOf(row, name, index))])),
  };
}

/**
 * The rows of the last `count` snapshots in one fixed order (snapshot, person), with persons renumbered 0…people − 1.
 * Whatever order the rows came in, the result is the same to the bit. Fails on two rows of one person and snapshot.
 */
export function latestEvidence(evidence: Evidence, count: number): Evidence & { readonly people: number } {
  const used = [...new Set(evidence.snapshots)].map((snapshot) => weekAt(evidence, snapshot));
  const weeks = [...new Set(used)].sort().slice(-count);
  const placeOf = new Map(weeks.map((week, index) => [week, index]));
  const places = evidence.snapshots.map((snapshot) => placeOf.get(evidence.weeks[snapshot]!) ?? -1);
  const order = Array.from(places.keys())
    .filter((row) => places[row]! >= 0)
    .sort((a, b) => places[a]! - places[b]! || evidence.persons[a]! - evidence.persons[b]!);
  const numbers = new Map([...new Set(order.map((row) => evidence.persons[row]!))].sort((a, b) => a - b).map((person, index) => [person, index]));
  const persons = Int32Array.from(order, (row) => numbers.get(evidence.persons[row]!) ?? 0);
  const snapshots = Int32Array.from(order, (row) => places[row]!);
  for (let row = 1; row < order.length; row++) {
    if (persons[row] === persons[row - 1] && snapshots[row] === snapshots[row - 1]) {
      throw new Failure('bad-argument', `two walk-forward rows of one person at snapshot ${weeks[snapshots[row]!]}; expected one`);
    }
  }
  const predictions = Object.entries(evidence.predictions).map(([name, column]) => [name, Float64Array.from(order, (row) => column[row]!)] as const);
  return { persons, snapshots, weeks, labels: Uint8Array.from(order, (row) => evidence.labels[row]!), predictions: Object.fromEntries(predictions), people: numbers.size };
}

function predictionOf(row: WalkForwardRow, recipe: string, index: number): number {
  const prediction = row.predictions[recipe];
  if (prediction === undefined) throw new Failure('bad-argument', `walk-forward row ${index} has no prediction of recipe "${recipe}"`);
  return prediction;
}

function weekAt(evidence: Evidence, snapshot: number): Week {
  const week = evidence.weeks[snapshot];
  if (week === undefined) throw new Failure('bad-argument', `a walk-forward row names snapshot ${snapshot}; there are ${evidence.weeks.length}`);
  return week;
}
