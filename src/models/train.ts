import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { fitCalibration } from '../domain/model/calibration.ts';
import type { FittedModel, Recipe, TrainingJob, TrainingResult } from '../domain/model/training.ts';
import { readDataset, writeWalkForward } from './dataset.ts';
import { fitRecipe, parametersOf, prepare, type PreparedDataset } from './fit-recipe.ts';
import { hashNetwork, predictProbabilities } from './network.ts';
import { encodeSavedModel } from './saved-model.ts';
import { singleFeatureAuc } from './single-feature-auc.ts';
import { libtensorflowVersion } from './tensorflow-version.ts';
import { isLoggedOf } from './transforms.ts';
import { featuresOf, walkForward, type WalkForward } from './walk-forward.ts';

const PARITY_ROWS = 256;

/**
 * Judges every recipe walk-forward, then fits each on all rows with the calibration learned from that, and writes the
 * models and the walk-forward rows into the folder. The same job and dataset give the same bytes.
 */
export async function train(options: { job: TrainingJob; folder: string; log: (line: string) => void }): Promise<TrainingResult> {
  const { job, folder, log } = options;
  const bytes = await readFile(path.join(folder, job.dataset));
  const dataset = prepare(readDataset(bytes, job.featureNames), isLoggedOf(job.featureNames, job.transforms));
  log(`dataset: ${dataset.rows} rows, ${job.featureNames.length} features, ${dataset.weekOf.size} snapshots`);

  const judged = await walkForward({ dataset, recipes: job.recipes, horizonWeeks: job.horizonWeeks, evaluationSnapshots: job.evaluationSnapshots, log });
  const models: FittedModel[] = [];
  for (const recipe of job.recipes) {
    models.push(await fitOnEverything({ dataset, recipe, judged, folder }));
    log(`fitted ${recipe.name} (${recipe.trainer}) on ${dataset.rows} rows`);
    await breathe(); // lets the process notice that its owner is gone
  }

  const walkForwardFile = 'walk-forward.arrow';
  await writeFile(path.join(folder, walkForwardFile), await writeWalkForward(judged.rows, job.recipes.map(({ name }) => name)));
  return {
    libtensorflow: libtensorflowVersion(),
    datasetRows: dataset.rows,
    positives: dataset.label.reduce((sum, label) => sum + label, 0),
    models,
    walkForward: walkForwardFile,
    evaluatedSnapshots: judged.evaluatedSnapshots,
    notes: judged.notes,
    singleFeatureAuc: singleFeatureAuc(dataset, judged.datasetRows),
  };
}

async function fitOnEverything(options: { dataset: PreparedDataset; recipe: Recipe; judged: WalkForward; folder: string }): Promise<FittedModel> {
  const { dataset, recipe, judged, folder } = options;
  const network = fitRecipe(dataset, recipe, Int32Array.from(dataset.label.keys()));
  const fitted = fitCalibration(judged.logits.get(recipe.name) ?? [], judged.rows.map(({ label }) => label));
  // The model holds float32, so what is reported is what it holds.
  const calibration = { slope: Math.fround(fitted.slope), intercept: Math.fround(fitted.intercept) };

  const savedModel = `models/${recipe.name}/saved_model.pb`;
  await mkdir(path.dirname(path.join(folder, savedModel)), { recursive: true });
  await writeFile(path.join(folder, savedModel), encodeSavedModel(network, calibration));

  const width = dataset.featureNames.length;
  const rows = spread(dataset.rows, PARITY_ROWS);
  const features = featuresOf(dataset, rows);
  return {
    recipe,
    savedModel,
    weightHash: hashNetwork(network, calibration),
    parameters: parametersOf(network, recipe, dataset.featureNames),
    trainingRows: dataset.rows,
    calibration,
    parity: {
      rows: Array.from(rows, (_, index) => Array.from(features.subarray(index * width, (index + 1) * width))),
      probabilities: Array.from(predictProbabilities(network, calibration, features, rows.length)),
    },
  };
}

/** At most `count` row numbers, evenly over all rows. */
function spread(rows: number, count: number): Int32Array {
  return Int32Array.from({ length: Math.min(rows, count) }, (_, index) => Math.floor((index * rows) / Math.min(rows, count)));
}
