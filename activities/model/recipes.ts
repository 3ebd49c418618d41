import type { Recipe } from '../../src/domain/model/training.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';

/** Logistic regression on days-since-last alone: what every model must beat, and the first champion. */
export const BASELINE = 'days-since-last';

/** The recipes of a property: the baseline and its challengers, simplest first. */
export function recipesOf({ training }: Pick<PropertySettings, 'training'>): { baseline: Recipe; challengers: Recipe[] } {
  const { seed, l2, dense, denseEpochs } = training;
  const logistic: Recipe = { name: 'logistic', trainer: 'logistic', features: 'all', seed, settings: { l2 } };
  const network: Recipe = { name: 'dense', trainer: 'dense', features: 'all', seed, settings: { epochs: denseEpochs, batchSize: 2048, learningRate: 0.02, l2: 0.001 } };
  return {
    baseline: { name: BASELINE, trainer: 'logistic', features: ['days_since_last'], seed, settings: { l2 } },
    challengers: dense ? [logistic, network] : [logistic],
  };
}

/** The champion's recipe under the name it has in this walk-forward: its own where it is among `recipes`, else `champion`. */
export function namedChampion(championJson: string, recipes: readonly Recipe[]): Recipe {
  const same = recipes.find((recipe) => recipeJson(recipe) === championJson);
  return same ?? { ...(JSON.parse(championJson) as Recipe), name: 'champion' };
}

/** The recipe as canonical JSON: two recipes are the same when this is. */
export function recipeJson(recipe: Recipe): string {
  return canonicalJson(recipe as unknown as Json); // an interface has no index signature, else it is Json
}
