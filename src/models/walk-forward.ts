import { setImmediate as breathe } from 'node:timers/promises';
import { sigmoid } from '../domain/model/calibration.ts';
import type { Recipe, WalkForwardRow } from '../domain/model/training.ts';
import { fitRecipe, type PreparedDataset } from './fit-recipe.ts';
import { predictLogits } from './network.ts';

/** What each recipe would have said of people it had not seen: for each judged row its logit by recipe. */
export interface WalkForward {
  readonly rows: readonly WalkForwardRow[];
  /** Where the judged rows stand in the dataset, in the order of `rows`. */
  readonly datasetRows: Int32Array;
  readonly logits: ReadonlyMap<string, Float32Array>;
  readonly evaluatedSnapshots: readonly string[];
  readonly notes: readonly string[];
}

/**
 * For each of the last snapshots, fits every recipe on rows with s_train + H ≤ s_eval and predicts the rows at s_eval.
 * A snapshot whose past has rows of one label only is left out with a note.
 */
export async function walkForward(options: {
  dataset: PreparedDataset;
  recipes: readonly Recipe[];
  horizonWeeks: number;
  evaluationSnapshots: number;
  log: (line: string) => void;
}): Promise<WalkForward> {
  const { dataset, recipes } = options;
  const folds: Fold[] = [];
  const notes: string[] = [];
  const snapshots = [...dataset.weekOf.keys()].sort((a, b) => a - b);
  for (const index of snapshots.slice(Math.max(0, snapshots.length - options.evaluationSnapshots))) {
    const week = dataset.weekOf.get(index) ?? '';
    const training = rowsWhere(dataset, (at) => at + options.horizonWeeks <= index);
    const positives = training.reduce((sum, row) => sum + dataset.label[row]!, 0); // rows are of the dataset
    if (positives === 0 || positives === training.length) {
      notes.push(`snapshot ${week} is not judged: of ${training.length} rows matured before it, ${positives} are churned`);
      continue;
    }
    const judged = rowsWhere(dataset, (at) => at === index);
    folds.push({ week, judged, logits: recipes.map((recipe) => judge(dataset, recipe, training, judged)) });
    options.log(`walk-forward ${week}: ${training.length} training rows, ${judged.length} judged`);
    await breathe(); // lets the process notice that its owner is gone
  }
  return pool(dataset, recipes, folds, notes);
}

interface Fold {
  readonly week: string;
  readonly judged: Int32Array;
  /** By recipe. */
  readonly logits: readonly Float32Array[];
}

function judge(dataset: PreparedDataset, recipe: Recipe, training: Int32Array, judged: Int32Array): Float32Array {
  return predictLogits(fitRecipe(dataset, recipe, training), featuresOf(dataset, judged), judged.length);
}

function pool(dataset: PreparedDataset, recipes: readonly Recipe[], folds: readonly Fold[], notes: readonly string[]): WalkForward {
  const logits = new Map(recipes.map(({ name }, recipe) => [name, Float32Array.from(folds.flatMap((fold) => [...(fold.logits[recipe] ?? [])]))]));
  const datasetRows = Int32Array.from(folds.flatMap(({ judged }) => [...judged]));
  const weeks = folds.flatMap(({ week, judged }) => Array.from(judged, () => week));
  const rows = Array.from(datasetRows, (row, index) => ({
    person: dataset.person[row]!,
    snapshot: weeks[index]!,
    label: dataset.label[row] === 1 ? (1 as const) : (0 as const),
    predictions: Object.fromEntries(recipes.map(({ name }) => [name, sigmoid(logits.get(name)?.[index] ?? Number.NaN)])),
  }));
  return { rows, datasetRows, logits, evaluatedSnapshots: folds.map(({ week }) => week), notes };
}

function rowsWhere(dataset: PreparedDataset, isWanted: (snapshotIndex: number) => boolean): Int32Array {
  const rows = Int32Array.from(dataset.snapshotIndex.keys());
  return rows.filter((row) => isWanted(dataset.snapshotIndex[row]!)); // row < rows
}

/** The raw features of the rows, packed. */
export function featuresOf(dataset: PreparedDataset, rows: Int32Array): Float32Array {
  const width = dataset.featureNames.length;
  const packed = new Float32Array(rows.length * width);
  rows.forEach((row, index) => packed.set(dataset.features.subarray(row * width, (row + 1) * width), index * width));
  return packed;
}
