import type { Recipe } from './training.ts';
import type { AucDifference } from './metrics.ts';

/**
 * Of the challengers, the simplest that no less simple one beats. One beats a simpler one only when the lower 95 % bound of its
 * ROC-AUC difference to it is above 0: what cannot be told apart is decided for simplicity. Null without challengers.
 */
export function simplestUnbeaten(challengers: readonly Recipe[], differences: readonly AucDifference[]): Recipe | null {
  const ordered = [...challengers].sort(bySimplicity);
  const beats = (of: Recipe, against: Recipe): boolean =>
    differences.some((pair) => pair.of === of.name && pair.against === against.name && (pair.difference.low ?? 0) > 0);
  return ordered.find((recipe, place) => !ordered.slice(place + 1).some((other) => beats(other, recipe))) ?? null;
}

/** Fewer features first, then logistic before dense; equally simple ones keep the order in which they are configured. */
export function bySimplicity(a: Recipe, b: Recipe): number {
  const features = (recipe: Recipe): number => (recipe.features === 'all' ? Number.MAX_SAFE_INTEGER : recipe.features.length);
  const trainer = (recipe: Recipe): number => (recipe.trainer === 'logistic' ? 0 : 1);
  return features(a) - features(b) || trainer(a) - trainer(b);
}
