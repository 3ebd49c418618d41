import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addWeeks } from '../../src/domain/calendar/week.ts';
import type { DatasetRow, Recipe, TrainingJob } from '../../src/domain/model/training.ts';
import { writeDataset } from '../../src/models/dataset.ts';

export const recipes: Record<'baseline' | 'logistic' | 'dense', Recipe> = {
  baseline: { name: 'baseline', trainer: 'logistic', features: ['f0'], seed: 1, settings: { l2: 1 } },
  logistic: { name: 'logistic', trainer: 'logistic', features: 'all', seed: 1, settings: { l2: 1 } },
  dense: { name: 'dense', trainer: 'dense', features: 'all', seed: 7, settings: { epochs: 10, batchSize: 1024, learningRate: 0.01, l2: 0.0005 } },
};

export interface SyntheticOptions {
  readonly rows: number;
  readonly features: number;
  readonly snapshots: number;
  readonly seed: number;
  /** Overrides the label that the features give. */
  readonly label?: 0 | 1;
}

/** People whose churn depends on the first features (skewed like money and days) and on chance. */
export function* syntheticRows({ rows, features, snapshots, seed, label }: SyntheticOptions): Generator<DatasetRow> {
  const random = xoroshiro128plus(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
  for (let row = 0; row < rows; row++) {
    const snapshotIndex = Math.floor((row * snapshots) / rows);
    const hidden = Array.from({ length: features }, normal);
    const values = hidden.map((value, index) => (index % 3 === 0 ? Math.expm1(value + 3) : value * (index + 1)));
    const logit = 0.9 * hidden[0]! - 0.6 * (hidden[1] ?? 0) + 0.5 * Math.abs(hidden[2] ?? 0) - 0.8;
    const drawn = uniformFloat64(random) < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
    yield { person: row % 997, snapshot: addWeeks('2011-W01', snapshotIndex), snapshotIndex, label: label ?? drawn, features: values };
  }
}

export function featureNamesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `f${index}`);
}

/** Writes dataset and job.json into the folder, as the activity does for the trainer. */
export async function writeJob(folder: string, synthetic: SyntheticOptions, change: Partial<TrainingJob> = {}): Promise<TrainingJob> {
  const featureNames = featureNamesOf(synthetic.features);
  const job: TrainingJob = {
    dataset: 'dataset.arrow',
    featureNames,
    featureListVersion: 1,
    transforms: Object.fromEntries(featureNames.map((name, index) => [name, index % 3 === 0 ? 'log1p' : 'none'])),
    horizonWeeks: 4,
    recipes: Object.values(recipes),
    evaluationSnapshots: 3,
    ...change,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, job.dataset), await writeDataset(syntheticRows(synthetic), featureNames, { property: 'shop', week: '2011-W36' }));
  await writeFile(path.join(folder, 'job.json'), JSON.stringify(job));
  return job;
}
