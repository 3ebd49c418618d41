import type { Week } from '../calendar/week.ts';
import type { Estimate } from './bootstrap.ts';
import type { AucDifference, Metrics } from './metrics.ts';

/** What the gate is strict about. */
export interface GateSettings {
  /** Judged are the rows of this many last matured snapshots, pooled. */
  readonly evaluationSnapshots: number;
  readonly minimumPositives: number;
  readonly minimumNegatives: number;
  /** A ROC-AUC at or above it, of a recipe or of one feature alone, is taken for a leak. */
  readonly aucLimit: number;
  /** The challenger's ROC-AUC has to be this many standard errors above 0.5. */
  readonly standardErrorsAboveChance: number;
  /** How far below the champion's ROC-AUC the lower bound of the challenger's may be. */
  readonly championMargin: number;
  readonly maximumCalibrationError: number;
  readonly replicates: number;
  readonly seed: number;
}

export const defaultGateSettings: GateSettings = {
  evaluationSnapshots: 8,
  minimumPositives: 100,
  minimumNegatives: 100,
  aucLimit: 0.97,
  standardErrorsAboveChance: 3,
  championMargin: 0.01,
  maximumCalibrationError: 0.1,
  replicates: 1000,
  seed: 1,
};

export type GateOutcome = 'accepted' | 'rejected' | 'not-enough-evidence';

export type ReasonCode =
  | 'too-few-positives' | 'too-few-negatives' | 'leak'
  | 'not-better-than-chance' | 'not-better-than-baseline' | 'worse-than-champion' | 'miscalibrated'
  | 'better-than-baseline' | 'as-good-as-champion' | 'calibrated';

/** One ground of the decision: a code for programs, a sentence for people, the figures that the sentence quotes. */
export interface Reason {
  readonly code: ReasonCode;
  readonly sentence: string;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

/** The decision with every number behind it; plain JSON, and the same for the same input. */
export interface GateReport {
  readonly outcome: GateOutcome;
  /** The simplest unbeaten challenger; null when there was too little evidence to choose one. */
  readonly challenger: string | null;
  readonly baseline: string;
  /** Recipe of the model in service; null before the first, when the baseline serves. */
  readonly champion: string | null;
  /** The recipe that scores the new week. */
  readonly serves: string;
  readonly reasons: readonly Reason[];
  readonly evidence: {
    readonly rows: number;
    readonly people: number;
    readonly positives: number;
    readonly negatives: number;
    readonly baseRate: number | null;
    readonly snapshots: readonly Week[];
  };
  readonly metrics: Readonly<Record<string, Metrics>>;
  readonly differences: readonly AucDifference[];
  readonly singleFeatureAuc: Readonly<Record<string, number>>;
  readonly settings: GateSettings;
}

/**
 * The report in one line for people. With `names`, the week that was judged and what keeps serving if the challenger does
 * not ("2011-W40's model"), the line tells them too.
 */
export function summarise(report: GateReport, names?: { readonly week: Week; readonly keepsServing: string }): string {
  const why = report.reasons.map((reason) => reason.sentence).join(' ');
  const after = names ? ` ${upperFirst(names.keepsServing)} keeps serving.` : '';
  const where = names ? ` for ${names.week}` : '';
  switch (report.outcome) {
    case 'accepted': {
      const auc = report.metrics[report.serves]?.rocAuc ?? unknown;
      return `${report.serves} accepted${where}: AUC ${intervalText(auc)} on ${report.evidence.rows.toLocaleString('en-US')} rows. ${why}`;
    }
    case 'rejected': return `model refused${where}: ${lowerFirst(why)}${after}`;
    case 'not-enough-evidence': return `not enough evidence${where}: ${lowerFirst(why)}${after}`;
  }
}

/** `0.668 [0.641, 0.695]`. */
export function intervalText({ value, low, high }: Estimate): string {
  return `${figureText(value)} [${figureText(low)}, ${figureText(high)}]`;
}

/** `+0.031 [+0.011, +0.052]`, with real minus signs. */
export function differenceText({ value, low, high }: Estimate): string {
  return `${signedText(value)} [${signedText(low)}, ${signedText(high)}]`;
}

export function figureText(value: number | null): string {
  return value === null ? '?' : value.toFixed(3);
}

const unknown: Estimate = { value: null, low: null, high: null, standardError: null };

function signedText(value: number | null): string {
  if (value === null) return '?';
  const digits = Math.abs(value).toFixed(3);
  return Number(digits) === 0 ? digits : `${value < 0 ? '−' : '+'}${digits}`;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
