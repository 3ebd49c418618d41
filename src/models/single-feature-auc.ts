import { wilcoxonRankSum } from 'simple-statistics';
import { featuresOf } from './walk-forward.ts';
import type { PreparedDataset } from './fit-recipe.ts';

/** AUC of each feature alone on the given rows, the better of both directions; 0.5 where there is one label only. */
export function singleFeatureAuc(dataset: PreparedDataset, rows: Int32Array): Record<string, number> {
  const features = featuresOf(dataset, rows);
  const width = dataset.featureNames.length;
  const churned = Array.from(rows, (row) => dataset.label[row] === 1);
  return Object.fromEntries(
    dataset.featureNames.map((name, column) => {
      const valueAt = (index: number) => features[index * width + column]!; // index < rows
      const positives = [...churned.keys()].filter((index) => churned[index]).map(valueAt);
      const negatives = [...churned.keys()].filter((index) => !churned[index]).map(valueAt);
      return [name, better(positives, negatives)];
    }),
  );
}

/** The rank sum of the positives gives Mann and Whitney's U, and U over all pairs is the AUC. */
function better(positives: number[], negatives: number[]): number {
  if (positives.length === 0 || negatives.length === 0) return 0.5;
  const pairs = positives.length * negatives.length;
  const auc = (wilcoxonRankSum(positives, negatives) - (positives.length * (positives.length + 1)) / 2) / pairs;
  return Math.max(auc, 1 - auc);
}
