import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Recipe, WalkForwardRow } from '../../../src/domain/model/training.ts';

export const recipe = (name: string, features: Recipe['features'] = 'all', trainer: Recipe['trainer'] = 'logistic'): Recipe =>
  ({ name, trainer, features, seed: 1, settings: {} });

/** A stream of numbers in [0, 1) from a seed. */
export function numbersOf(seed: number): () => number {
  const random = xoroshiro128plus(seed);
  return () => uniformFloat64(random);
}

/**
 * Walk-forward rows of an invented world: a person has a lasting inclination to churn, each snapshot adds chance. A recipe sees the
 * logit of truth through noise: 0 sees the truth itself, more sees less. `leak` moves its predictions to the label.
 */
export function rowsOf(
  { people, snapshots = 8, seed, noise, leak = {}, shuffled = false }: {
    people: number; snapshots?: number; seed: number; noise: Record<string, number>; leak?: Record<string, number>; shuffled?: boolean;
  },
): WalkForwardRow[] {
  const next = numbersOf(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
  const rows: WalkForwardRow[] = [];
  for (let person = 0; person < people; person++) {
    const inclination = normal();
    for (let snapshot = 0; snapshot < snapshots; snapshot++) {
      const logit = inclination + 0.5 * normal();
      const label = next() < sigmoid(logit) ? 1 : 0;
      const predictions = Object.entries(noise).map(([name, sd]) => [name, sigmoid(logit + sd * normal() + (leak[name] ?? 0) * (2 * label - 1))] as const);
      rows.push({ person: 7 * person, snapshot: `2011-W${String(30 + snapshot).padStart(2, '0')}`, label, predictions: Object.fromEntries(predictions) });
    }
  }
  return shuffled ? withShuffledLabels(rows, next) : rows;
}

/** Fisher–Yates on the labels alone. */
function withShuffledLabels(rows: WalkForwardRow[], next: () => number): WalkForwardRow[] {
  const labels = rows.map((row) => row.label);
  for (let last = labels.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [labels[last], labels[other]] = [labels[other]!, labels[last]!];
  }
  return rows.map((row, index) => ({ ...row, label: labels[index]! }));
}
