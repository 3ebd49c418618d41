import { levelAbove, levelBelow, percent, verdictOf, type CheckLevel, type CheckLimits, type CheckVerdict } from '../check.ts';
import type { FeatureProfile, RowsProfile } from './feature-profile.ts';

/** When a week must not be trained on. A check without limits is not made. */
export interface WeekChecks {
  /** Rows that train, below: a label is known for nobody else. */
  readonly zeroLabels?: CheckLimits;
  /** Rows of the rarer kind among those that train, below. */
  readonly oneClass?: CheckLimits;
  /** Share of rows that have one and the same value other than 0, above. */
  readonly constantFeature?: CheckLimits;
  /** Share of rows on which the feature is 0, which says that there is nothing, above. */
  readonly missingFeature?: CheckLimits;
}

/** Both sets of rows that a week's model meets. */
export interface WeekProfile {
  readonly training: RowsProfile;
  readonly recent: RowsProfile;
}

export interface WeekFacts {
  readonly trainingRows: number;
  readonly churnedRows: number;
  /** Null where the rows were written before profiles were kept. */
  readonly profile: WeekProfile | null;
  /** Of the release before; null where there is none. */
  readonly before: WeekProfile | null;
  /** Names of the features that models may use. */
  readonly features: readonly string[];
}

/** How a week's checks end before anything is trained. */
export function judgeWeek(facts: WeekFacts, checks: WeekChecks): CheckVerdict[] {
  const { trainingRows, churnedRows } = facts;
  const rarer = Math.min(churnedRows, trainingRows - churnedRows);
  return [
    ...(checks.zeroLabels ? [verdictOf('zero-labels', levelBelow(trainingRows, checks.zeroLabels), checks.zeroLabels, (limit) => `${trainingRows} rows train (at least ${limit} wanted)`)] : []),
    ...(checks.oneClass ? [verdictOf('one-class', levelBelow(rarer, checks.oneClass), checks.oneClass, (limit) => `${churnedRows} of the ${trainingRows} rows that train are of people who churned (at least ${limit} of either kind wanted)`)] : []),
    ...(checks.constantFeature ? [uniform('constant-feature', facts, checks.constantFeature, ({ value }) => value !== 0)] : []),
    ...(checks.missingFeature ? [uniform('missing-feature', facts, checks.missingFeature, ({ value }) => value === 0)] : []),
  ];
}

/** Fewer rows are uniform by chance. */
const leastRows = 50;
/** Against the release before, the rows that differ must have become this many times fewer. */
const clearlyFewer = 2;
/** Where most people had the value before already, that all have it now may be chance: it warns. */
const most = 0.5;
const SHOWN = 3;

interface Found {
  readonly level: CheckLevel;
  readonly phrase: string;
}

/**
 * A feature that is uniform for nearly everybody now, and for at most half of them in the release before, has lost its
 * source: `fail`. One that always was says nothing about anybody here (no returns, no groups): nothing. Between the two, and
 * without a release before: `warn`.
 */
function uniform(check: 'constant-feature' | 'missing-feature', { profile, before, features }: WeekFacts, limits: CheckLimits, isOfThisCheck: (feature: FeatureProfile) => boolean): CheckVerdict {
  const found = (['training', 'recent'] as const).flatMap((rows) => {
    const now = profile?.[rows];
    if (!now || now.rows < leastRows) return [];
    return now.features.filter((feature) => features.includes(feature.name) && isOfThisCheck(feature)).map((feature): Found => {
      const past = before?.[rows].features.find(({ name }) => name === feature.name) ?? null;
      return { level: levelOf(feature, past, limits), phrase: phraseOf(feature, past, rows === 'training' ? `${now.rows} rows that train` : `${now.rows} people to score`) };
    });
  }).filter(({ level }) => level !== 'ok');
  const level = found.some((each) => each.level === 'fail') ? 'fail' : found.length > 0 ? 'warn' : 'ok';
  const worst = found.filter((each) => each.level === level).map(({ phrase }) => phrase);
  return verdictOf(check, level, limits, (limit) => `${worst.slice(0, SHOWN).join('; ')}${worst.length > SHOWN ? `; and ${worst.length - SHOWN} more` : ''} (limit ${percent(limit)})`);
}

function levelOf({ value, share }: FeatureProfile, past: FeatureProfile | null, limits: CheckLimits): CheckLevel {
  const level = levelAbove(share, limits);
  if (level === 'ok' || past === null) return level === 'ok' ? 'ok' : 'warn';
  const pastShare = past.value === value ? past.share : 0;
  if ((1 - share) * clearlyFewer >= 1 - pastShare) return 'ok';
  return pastShare > most ? 'warn' : level;
}

function phraseOf({ name, value, share }: FeatureProfile, past: FeatureProfile | null, rows: string): string {
  const was = past === null ? '' : past.value === value ? `, in the release before ${percent(past.share)}` : ', in the release before it was not';
  return `${name} is ${Number(value.toPrecision(4))} for ${percent(share)} of the ${rows}${was}`;
}
