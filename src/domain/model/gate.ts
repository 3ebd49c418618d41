import { Failure } from '../failure.ts';
import { latestEvidence, type Evidence } from './evidence.ts';
import { differenceText, figureText, intervalText, type GateReport, type GateSettings, type Reason } from './gate-report.ts';
import { measure, type AucDifference, type Metrics } from './metrics.ts';
import { simplestUnbeaten } from './simplest-unbeaten.ts';
import type { InPieces } from './in-pieces.ts';
import type { Estimate } from './bootstrap.ts';
import type { Recipe } from './training.ts';

export interface GateInput {
  readonly evidence: Evidence;
  /** Name of the recipe that everything has to beat. */
  readonly baseline: string;
  readonly challengers: readonly Recipe[];
  /** The recipe in service, fitted in the same walk-forward; null before there is one: then the baseline is the champion. */
  readonly champion: { readonly recipe: string } | null;
  /** ROC-AUC of each feature alone, max(a, 1 − a). */
  readonly singleFeatureAuc: Readonly<Record<string, number>>;
  readonly settings: GateSettings;
}

/**
 * Whether a challenger may serve. It must be better than chance and than the baseline, not worse than the champion, calibrated,
 * and not too good to be true; on the pooled rows of the last snapshots, with bootstrap intervals by person. "Rejected" and
 * "not enough evidence" are outcomes. Fails only when asked wrongly: no challenger, or a recipe without predictions. Its time
 * grows with people, hence in pieces; whatever is done between two of them, the report is the same.
 */
export function* decide(input: GateInput): InPieces<GateReport> {
  const { challengers, baseline, settings } = input;
  const champion = input.champion?.recipe ?? null;
  const recipes = recipesInPlay(input);
  const rows = latestEvidence(input.evidence, settings.evaluationSnapshots);
  const positives = rows.labels.reduce((sum, label) => sum + label, 0);
  const evidence = {
    rows: rows.labels.length,
    people: rows.people,
    positives,
    negatives: rows.labels.length - positives,
    baseRate: rows.labels.length === 0 ? null : positives / rows.labels.length,
    snapshots: rows.weeks,
  };
  const measured = yield* measure(rows, recipes, settings);
  const report = { baseline, champion, evidence, ...measured, singleFeatureAuc: input.singleFeatureAuc, settings };
  const stays = champion ?? baseline;

  const lacking = lackingEvidence(evidence, settings);
  if (lacking.length > 0) return { outcome: 'not-enough-evidence', challenger: null, serves: stays, reasons: lacking, ...report };

  const challenger = simplestUnbeaten(challengers, measured.differences)!.name; // recipesInPlay saw at least one
  const leaks = leaksIn(measured.metrics, input.singleFeatureAuc, settings.aucLimit);
  if (leaks.length > 0) return { outcome: 'rejected', challenger, serves: stays, reasons: leaks, ...report };

  const against = grounds(challenger, report).filter((reason) => refusals.has(reason.code));
  if (against.length > 0) return { outcome: 'rejected', challenger, serves: stays, reasons: against, ...report };
  return { outcome: 'accepted', challenger, serves: challenger, reasons: grounds(challenger, report), ...report };
}

function recipesInPlay({ baseline, champion, challengers, evidence }: GateInput): string[] {
  if (challengers.length === 0) throw new Failure('bad-argument', 'the gate was asked to decide without a challenger; expected at least one recipe');
  const names = [...new Set([baseline, ...(champion ? [champion.recipe] : []), ...challengers.map((recipe) => recipe.name)])];
  for (const name of names) {
    if (!(name in evidence.predictions)) {
      throw new Failure('bad-argument', `recipe "${name}" has no walk-forward predictions; there are: ${Object.keys(evidence.predictions).join(', ')}`);
    }
  }
  return names;
}

function lackingEvidence({ positives, negatives }: GateReport['evidence'], { minimumPositives, minimumNegatives }: GateSettings): Reason[] {
  const lacking: Reason[] = [];
  if (positives < minimumPositives) {
    lacking.push({ code: 'too-few-positives', sentence: `Only ${positives} judged rows are of people who churned (at least ${minimumPositives} needed).`, figures: { positives, minimumPositives } });
  }
  if (negatives < minimumNegatives) {
    lacking.push({ code: 'too-few-negatives', sentence: `Only ${negatives} judged rows are of people who stayed (at least ${minimumNegatives} needed).`, figures: { negatives, minimumNegatives } });
  }
  return lacking;
}

/** Any recipe counts, the baseline too: what one of them can see is in the data for all. */
function leaksIn(metrics: GateReport['metrics'], singleFeatureAuc: Readonly<Record<string, number>>, limit: number): Reason[] {
  const [recipe, recipeAuc] = highest(Object.entries(metrics).map(([name, { rocAuc }]) => [name, rocAuc.value ?? 0]));
  const [feature, featureAuc] = highest(Object.entries(singleFeatureAuc));
  if (recipeAuc < limit && featureAuc < limit) return [];
  const alone = feature === null ? '' : featureAuc >= limit
    ? `: ${feature} alone reaches ${figureText(featureAuc)}`
    : `; the strongest alone, ${feature}, reaches ${figureText(featureAuc)}`;
  return [{
    code: 'leak',
    sentence: `Too good to be true (AUC ${figureText(Math.max(recipeAuc, featureAuc))}; limit ${limit}). A feature probably sees past its cut${alone}.`,
    figures: { recipe, recipeAuc, feature, featureAuc: feature === null ? null : featureAuc, limit },
  }];
}

function highest(entries: readonly (readonly [string, number])[]): readonly [name: string | null, value: number] {
  return entries.reduce<readonly [string | null, number]>((best, entry) => (entry[1] > best[1] ? entry : best), [null, 0]);
}

const refusals: ReadonlySet<Reason['code']> = new Set(['not-better-than-chance', 'not-better-than-baseline', 'worse-than-champion', 'miscalibrated']);

type Measured = Pick<GateReport, 'baseline' | 'champion' | 'metrics' | 'differences' | 'settings'>;

/** What speaks for or against the challenger, one reason a question. */
function grounds(challenger: string, report: Measured): Reason[] {
  const metrics = report.metrics[challenger]!; // measured by decide()
  const toBaseline = differenceTo(report.baseline, challenger, report.differences);
  return [
    ...againstChance(metrics, report.settings.standardErrorsAboveChance),
    againstBaseline(report.baseline, toBaseline),
    ...(report.champion === null ? [] : [againstChampion(differenceTo(report.champion, challenger, report.differences), report.champion, report.settings)]),
    calibration(metrics.calibrationError.value ?? 1, report.settings.maximumCalibrationError),
  ];
}

/**
 * On labels that mean nothing one comparison in forty still ends with its lower bound above 0: at one a week, a worthless model
 * every few months. Three standard errors above 0.5 happen by chance once in 700 times, and a model worth having passes easily.
 * Measured with two challengers on 400 shuffled worlds: 18 accepted without this rule, none with it.
 */
function againstChance({ rocAuc }: Metrics, standardErrors: number): Reason[] {
  const { value, standardError } = rocAuc;
  if (value !== null && standardError !== null && value - standardErrors * standardError > 0.5) return [];
  return [{
    code: 'not-better-than-chance',
    sentence: `Not better than chance (AUC ${intervalText(rocAuc)}; needs ${standardErrors} standard errors above 0.5).`,
    figures: { auc: value, standardError, standardErrors },
  }];
}

function againstBaseline(baseline: string, difference: Estimate): Reason {
  const isBetter = (difference.low ?? 0) > 0;
  return {
    code: isBetter ? 'better-than-baseline' : 'not-better-than-baseline',
    sentence: isBetter
      ? `Better than ${baseline} by ${differenceText(difference)}.`
      : `Not shown to be better than ${baseline} (AUC difference ${differenceText(difference)}; its lower bound must be above 0).`,
    figures: { baseline, difference: difference.value, low: difference.low, high: difference.high },
  };
}

function againstChampion(difference: Estimate, champion: string, { championMargin }: GateSettings): Reason {
  const named = champion === 'champion' ? 'the champion' : `the champion ${champion}`; // a recipe that no challenger has goes by that name
  const isAsGood = (difference.low ?? -1) > -championMargin;
  return {
    code: isAsGood ? 'as-good-as-champion' : 'worse-than-champion',
    sentence: isAsGood
      ? `Against ${named} ${differenceText(difference)}.`
      : `Possibly worse than ${named} (AUC difference ${differenceText(difference)}; its lower bound must be above −${championMargin}).`,
    figures: { champion, difference: difference.value, low: difference.low, high: difference.high, championMargin },
  };
}

function calibration(calibrationError: number, limit: number): Reason {
  const isCalibrated = calibrationError <= limit;
  return {
    code: isCalibrated ? 'calibrated' : 'miscalibrated',
    sentence: isCalibrated
      ? `Calibration error ${figureText(calibrationError)}.`
      : `Its probabilities are off (calibration error ${figureText(calibrationError)}; limit ${limit}).`,
    figures: { calibrationError, limit },
  };
}

/** A recipe differs from itself by exactly 0. */
function differenceTo(against: string, of: string, differences: readonly AucDifference[]): Estimate {
  const none: Estimate = { value: 0, low: 0, high: 0, standardError: 0 };
  return of === against ? none : differences.find((pair) => pair.of === of && pair.against === against)?.difference ?? none;
}
