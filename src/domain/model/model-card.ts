import { Failure } from '../failure.ts';
import { canonicalJson, type Json } from '../hash.ts';
import type { Week } from '../calendar/week.ts';
import type { GateReport } from './gate-report.ts';
import type { FittedModel, Recipe, TrainingResult } from './training.ts';
import type { Metrics } from './metrics.ts';

/** What somebody must know before trusting a model (Mitchell et al. 2019), for one fitted recipe. */
export interface ModelCard {
  readonly property: string;
  /** The week it was made for; nothing at or after `asOf` (T, ISO text) was read. */
  readonly dataCut: { readonly week: Week; readonly asOf: string };
  readonly horizonDays: number;
  readonly featureListVersion: number;
  /** The model's inputs in order, with those the recipe uses in `recipe.features`. */
  readonly features: readonly string[];
  readonly recipe: Recipe;
  readonly weightHash: string;
  readonly parameters: number;
  readonly libtensorflow: string;
  readonly datasetRows: number;
  readonly trainingRows: number;
  readonly calibration: FittedModel['calibration'];
  /** On which rows the metrics were taken, and the metrics; null when the gate did not measure this recipe. */
  readonly evidence: GateReport['evidence'];
  readonly metrics: Metrics | null;
  readonly gate: { readonly outcome: GateReport['outcome']; readonly challenger: string | null };
}

export interface ModelCardInput extends Pick<ModelCard, 'property' | 'dataCut' | 'horizonDays' | 'featureListVersion' | 'features'> {
  readonly result: Pick<TrainingResult, 'libtensorflow' | 'datasetRows'>;
  readonly model: Omit<FittedModel, 'savedModel' | 'parity'>;
  readonly report: GateReport;
}

/** The card of one fitted model. Fails when a number of the model is not finite: such a model must not be kept. */
export function modelCardOf({ result, model, report, ...about }: ModelCardInput): ModelCard {
  const { recipe, weightHash, parameters, trainingRows, calibration } = model;
  if (![calibration.slope, calibration.intercept, parameters, trainingRows].every(Number.isFinite)) {
    throw new Failure('training-failed', `recipe "${recipe.name}" came out with a number that is not finite: ${JSON.stringify({ calibration, parameters, trainingRows })}`);
  }
  const { property, dataCut, horizonDays, featureListVersion, features } = about;
  return {
    property, dataCut, horizonDays, featureListVersion, features, recipe, weightHash, parameters, trainingRows,
    calibration: { slope: calibration.slope, intercept: calibration.intercept },
    libtensorflow: result.libtensorflow,
    datasetRows: result.datasetRows,
    evidence: report.evidence,
    metrics: report.metrics[recipe.name] ?? null,
    gate: { outcome: report.outcome, challenger: report.challenger },
  };
}

/** The card as canonical JSON with one line end: equal cards are equal bytes, so the artifact's name is the card's hash. */
export function writeModelCard(card: ModelCard): string {
  return `${canonicalJson(card as unknown as Json)}\n`; // an interface has no index signature, else it is Json
}
