/** Checks of the data, by the names that people see. A day check holds its day's weeks; a week check stops before training. */
export type DayCheck = 'volume' | 'unknown-people' | 'missing-events' | 'renamed-event';
export type WeekCheck = 'zero-labels' | 'one-class' | 'constant-feature' | 'missing-feature';

/** `warn` is shown; `fail` stops before training, until the data is right or somebody takes responsibility with a reason. */
export type CheckLevel = 'ok' | 'warn' | 'fail';

export interface CheckVerdict {
  readonly check: DayCheck | WeekCheck;
  readonly level: CheckLevel;
  /** What was seen and what was expected; null when all is well. */
  readonly sentence: string | null;
}

/** Stage under which the verdicts on a week are kept in its manifests, also of a revision that they stopped. */
export const CHECKS_STAGE = 'checks';

/** A check's thresholds, in the unit that the check states. */
export interface CheckLimits {
  readonly warn: number;
  readonly fail: number;
}

/** For figures that are bad when they are high: a limit of 1 switches a share's level off. */
export function levelAbove(value: number, { warn, fail }: CheckLimits): CheckLevel {
  return value > fail ? 'fail' : value > warn ? 'warn' : 'ok';
}

/** For figures that are bad when they are low: a limit of 0 switches its level off. */
export function levelBelow(value: number, { warn, fail }: CheckLimits): CheckLevel {
  return value < fail ? 'fail' : value < warn ? 'warn' : 'ok';
}

/** The verdict of one check; its sentence is kept where something is to be said. `limit` is the one that was crossed. */
export function verdictOf(check: CheckVerdict['check'], level: CheckLevel, limits: CheckLimits, sentence: (limit: number) => string): CheckVerdict {
  return { check, level, sentence: level === 'ok' ? null : sentence(limits[level]) };
}

export function failed(verdicts: readonly CheckVerdict[]): CheckVerdict[] {
  return verdicts.filter(({ level }) => level === 'fail');
}

export function warned(verdicts: readonly CheckVerdict[]): CheckVerdict[] {
  return verdicts.filter(({ level }) => level === 'warn');
}

/** Do two judgements say the same? Their figures may differ by a little from look to look. */
export function isSameJudgement(a: readonly CheckVerdict[], b: readonly CheckVerdict[]): boolean {
  const levels = (verdicts: readonly CheckVerdict[]): string => verdicts.map(({ check, level }) => `${check} ${level}`).sort().join();
  return levels(a) === levels(b);
}

/** `12.5 %` of a share of 1. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
