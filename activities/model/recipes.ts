import type { Recipe } from '../../src/domain/model/training.ts';
import { FEATURES, featuresUnder } from '../../src/domain/churn/features.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';

/** How a property learns. */
type Learning = Pick<PropertySettings, 'training' | 'churn'>;

/**
 * The recipes of a property, simplest first. The baseline is a logistic regression on one number, which names it: what
 * every model must beat, and the first champion. A feature that defines the label is not a feature under it.
 */
export function recipesOf({ training, churn }: Learning): { baseline: Recipe; challengers: Recipe[] } {
  const { seed, l2, dense, denseEpochs } = training;
  const allowed = featuresUnder(churn.label).map(({ name }) => name);
  const features = allowed.length === FEATURES.length ? 'all' : allowed;
  const logistic: Recipe = { name: 'logistic', trainer: 'logistic', features, seed, settings: { l2 } };
  const network: Recipe = { name: 'dense', trainer: 'dense', features, seed, settings: { epochs: denseEpochs, batchSize: 2048, learningRate: 0.02, l2: 0.001 } };
  const [name, feature] = allowed.includes('days_since_last') ? ['days-since-last', 'days_since_last'] : ['number-of-events', 'events'];
  return {
    baseline: { name, trainer: 'logistic', features: [feature], seed, settings: { l2 } },
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
