import { Failure } from '../domain/failure.ts';
import type { Recipe } from '../domain/model/training.ts';
import { fitDense } from './dense.ts';
import { fitLogistic } from './logistic.ts';
import { widen, type Layer, type Network } from './network.ts';
import { tf } from './tfjs.ts';
import { fitTransforms, logFeatures, standardise } from './transforms.ts';
import type { Dataset } from './dataset.ts';
import type { Tensor2D } from '@tensorflow/tfjs-node';

/** A dataset with the logarithms taken once; everything that is fitted is fitted on chosen rows of it. */
export interface PreparedDataset extends Dataset {
  readonly isLogged: readonly boolean[];
  readonly logged: Float32Array;
}

export function prepare(dataset: Dataset, isLogged: readonly boolean[]): PreparedDataset {
  const logged = tf.tidy(() => logFeatures(tf.tensor2d(dataset.features, [dataset.rows, isLogged.length]), isLogged).dataSync() as Float32Array);
  return { ...dataset, isLogged, logged };
}

/** Fits transforms and weights on the given rows. Fails with `training-failed` when the rows have one label only. */
export function fitRecipe(dataset: PreparedDataset, recipe: Recipe, rows: Int32Array): Network {
  const features = featureIndexesOf(recipe, dataset.featureNames);
  const labels = Float32Array.from(rows, (row) => dataset.label[row]!); // rows are of the dataset
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) {
    throw new Failure('training-failed', `recipe "${recipe.name}" has ${rows.length} training rows, ${positives} of them churned; it needs rows of both labels`);
  }
  const transforms = fitTransforms({ logged: dataset.logged, isLogged: dataset.isLogged, rows, features });
  const inputs = tf.tidy(() => {
    const all = tf.tensor2d(dataset.logged, [dataset.rows, dataset.featureNames.length]);
    return tf.gather(standardise(tf.gather(all, rows), transforms), Int32Array.from(features), 1) as Tensor2D;
  });
  try {
    const [first, ...others] = fitLayers(recipe, inputs, labels);
    return { transforms, layers: first ? [widen(first, features, dataset.featureNames.length), ...others] : [] };
  } finally {
    inputs.dispose();
  }
}

/** Weights and biases that the recipe fits. */
export function parametersOf(network: Network, recipe: Recipe, featureNames: readonly string[]): number {
  const unused = featureNames.length - featureIndexesOf(recipe, featureNames).length;
  const all = network.layers.reduce((sum, { kernel, bias }) => sum + kernel.length + bias.length, 0);
  return all - unused * (network.layers[0]?.units ?? 0);
}

function fitLayers(recipe: Recipe, inputs: Tensor2D, labels: Float32Array): Layer[] {
  switch (recipe.trainer) {
    case 'logistic':
      return fitLogistic({ inputs, labels, l2: settingOf(recipe, 'l2') });
    case 'dense':
      return fitDense({
        inputs,
        labels,
        seed: recipe.seed,
        epochs: settingOf(recipe, 'epochs'),
        batchSize: settingOf(recipe, 'batchSize'),
        learningRate: settingOf(recipe, 'learningRate'),
        l2: settingOf(recipe, 'l2'),
      });
  }
}

function featureIndexesOf(recipe: Recipe, featureNames: readonly string[]): number[] {
  if (recipe.features === 'all') return featureNames.map((_, index) => index);
  return recipe.features.map((name) => {
    const index = featureNames.indexOf(name);
    if (index < 0) throw new Failure('training-failed', `recipe "${recipe.name}" asks for feature "${name}", which is not in the feature list`);
    return index;
  });
}

function settingOf(recipe: Recipe, name: string): number {
  const value = recipe.settings[name];
  if (value === undefined) throw new Failure('training-failed', `recipe "${recipe.name}" (${recipe.trainer}) has no setting "${name}"`);
  return value;
}
