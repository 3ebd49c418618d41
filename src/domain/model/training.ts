import type { Week } from '../calendar/week.ts';

/**
 * How a model is made. A recipe's name is its identity in reports; two recipes are the same when all fields are.
 * Order of simplicity, simplest first: fewer features, then logistic before dense.
 */
export interface Recipe {
  readonly name: string;
  readonly trainer: 'logistic' | 'dense';
  /** Names from the feature list, or all of it. */
  readonly features: 'all' | readonly string[];
  readonly seed: number;
  /**
   * All of them are required; none has a default here.
   * logistic: `l2` (penalty l2/2 · |w|² beside the summed loss, on standardised features).
   * dense: `epochs`, `batchSize`, `learningRate`, `l2` (beside the mean loss).
   */
  readonly settings: Readonly<Record<string, number>>;
}

/** What is done to a feature before it is standardised; `log1p` is sign(x) · log(1 + |x|). */
export type FeatureTransform = 'none' | 'log1p';

/** What the trainer process reads as `job.json`. Paths are local to the job's folder. */
export interface TrainingJob {
  /**
   * An Apache Arrow IPC file: `person` int32 (ordinal, no id), `snapshot` utf8 (ISO week of the snapshot's cut),
   * `snapshotIndex` int32 (whole weeks since the first snapshot), `label` int8 (1 churned, 0 engaged), then one float64
   * column for each feature, by name, in the order of the feature list. Schema metadata: property, week,
   * horizonDays, featureListVersion.
   */
  readonly dataset: string;
  readonly featureNames: readonly string[];
  readonly featureListVersion: number;
  /** One for every feature name. */
  readonly transforms: Readonly<Record<string, FeatureTransform>>;
  /** H in whole weeks, rounded up. */
  readonly horizonWeeks: number;
  /** Recipes to judge and fit: the baseline, the challengers and, where it is none of these, the champion's. */
  readonly recipes: readonly Recipe[];
  /** How many of the last matured snapshots the walk-forward judges (8 by the design). */
  readonly evaluationSnapshots: number;
}

/** One fitted model, as files in the job's folder. */
export interface FittedModel {
  readonly recipe: Recipe;
  /** Frozen SavedModel: input `features` float32 [n, featureNames.length], output `probability` float32 [n, 1]. */
  readonly savedModel: string;
  /** SHA-256 of every constant of the prediction as little-endian float32: means, inverse deviations, each layer's kernel and bias, calibration. */
  readonly weightHash: string;
  /** Weights and biases that were fitted; the zero weights of features the recipe leaves out are not counted. */
  readonly parameters: number;
  readonly trainingRows: number;
  /** Calibration fitted on the pooled walk-forward predictions: probability = sigmoid(slope · logit + intercept). */
  readonly calibration: { readonly slope: number; readonly intercept: number };
  /** Up to 256 rows of the dataset by index with the probability the trainer computed, for the parity check. */
  readonly parity: { readonly rows: readonly (readonly number[])[]; readonly probabilities: readonly number[] };
}

/** One row of the dataset: a person as they were at one weekly snapshot, and what they did afterwards. */
export interface DatasetRow {
  readonly person: number;
  readonly snapshot: Week;
  readonly snapshotIndex: number;
  readonly label: 0 | 1;
  /** One value a feature, in the order of the feature list. */
  readonly features: ArrayLike<number>;
}

/** One prediction made for a snapshot by a model that could not have seen it (s_train + H ≤ s_eval). */
export interface WalkForwardRow {
  readonly person: number;
  readonly snapshot: Week;
  readonly label: 0 | 1;
  /** Uncalibrated probability of churn by recipe name. */
  readonly predictions: Readonly<Record<string, number>>;
}

/** What the trainer process writes as `result.json`, last and by rename. */
export interface TrainingResult {
  readonly libtensorflow: string;
  readonly datasetRows: number;
  readonly positives: number;
  readonly models: readonly FittedModel[];
  /** Arrow IPC file of `WalkForwardRow`s: person, snapshot, label, one float64 column a recipe. */
  readonly walkForward: string;
  readonly evaluatedSnapshots: readonly Week[];
  /** Sentences about what was left out and why, as a snapshot that could not be judged. */
  readonly notes: readonly string[];
  /** AUC of each feature alone on the walk-forward rows, max(a, 1 − a), to see leaks. */
  readonly singleFeatureAuc: Readonly<Record<string, number>>;
}
