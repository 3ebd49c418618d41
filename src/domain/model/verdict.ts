import { Failure } from '../failure.ts';
import { calibrationError } from './calibration-error.ts';
import { liftAtTenth } from './lift.ts';
import { prAuc, rocAuc } from './roc.ts';
import { brier, logLoss } from './scores.ts';
import type { Week } from '../calendar/week.ts';

/** What became of a week's predictions; null where the outcomes do not define a figure. */
export interface Verdict {
  readonly week: Week;
  readonly horizonDays: number;
  readonly people: number;
  readonly churned: number;
  /** Share of people who churned, and the mean probability they had been given. */
  readonly baseRate: number | null;
  readonly meanProbability: number | null;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  readonly logLoss: number | null;
  readonly brier: number | null;
  readonly calibrationError: number | null;
  readonly liftAtTenth: number | null;
  readonly sentence: string;
}

/**
 * Judges the stored predictions of a week, one a person, once its horizon has passed. `probabilities` are of churn and calibrated,
 * as they were served; `labels` are 1 for people with no activity in [T, T + H), else 0, in the same order.
 */
export function verdictOf(
  { week, horizonDays, probabilities, labels }: {
    readonly week: Week; readonly horizonDays: number; readonly probabilities: Float64Array; readonly labels: Uint8Array;
  },
): Verdict {
  const people = labels.length;
  if (probabilities.length !== people) throw new Failure('bad-argument', `week ${week} has ${probabilities.length} predictions but ${people} outcomes; expected one each`);
  const churned = labels.reduce((sum, label) => sum + label, 0);
  const figures = {
    baseRate: defined(churned / people),
    meanProbability: defined(probabilities.reduce((sum, probability) => sum + probability, 0) / people),
    rocAuc: defined(rocAuc(probabilities, labels)),
    prAuc: defined(prAuc(probabilities, labels)),
    logLoss: defined(logLoss(probabilities, labels)),
    brier: defined(brier(probabilities, labels)),
    calibrationError: defined(calibrationError(probabilities, labels)),
    liftAtTenth: defined(liftAtTenth(probabilities, labels)),
  };
  return { week, horizonDays, people, churned, ...figures, sentence: sentenceOf(week, horizonDays, people, figures) };
}

function sentenceOf(
  week: Week, horizonDays: number, people: number, figures: Pick<Verdict, 'baseRate' | 'meanProbability' | 'rocAuc' | 'calibrationError'>,
): string {
  const { baseRate, meanProbability, rocAuc, calibrationError } = figures;
  if (baseRate === null || meanProbability === null || calibrationError === null) return `${week} after ${horizonDays} days: nobody had been scored.`;
  const ranked = rocAuc === null ? 'no AUC, as all fared alike' : `AUC ${rocAuc.toFixed(3)}`;
  return `${week} after ${horizonDays} days: ${percent(baseRate)} of ${people.toLocaleString('en-US')} people churned (${percent(meanProbability)} predicted); ${ranked}, calibration error ${calibrationError.toFixed(3)}.`;
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
