import { mean, standardDeviation } from 'simple-statistics';
import { Failure } from '../failure.ts';

/** Fewer controls than this cannot give an interval of 95 %: the largest of 19 placebos is beaten by chance once in twenty. */
export const LEAST_CONTROLS = 19;
const COVERAGE = 0.95;

export interface EffectQuestion {
  /** Whom the event befell. */
  readonly member: string;
  /** Values above 0 by member, one a period, all of the same periods in the order of time. Everybody but `member` is a control. */
  readonly series: ReadonlyMap<string, readonly number[]>;
  /** Index of the first period that the event may have changed. Whole weeks on both sides keep weekdays out of the answer. */
  readonly eventAt: number;
}

/** What an event did to a member, beside what happened to everybody: 0.05 is five per cent more. */
export interface EventEffect {
  readonly change: number;
  readonly low: number;
  readonly high: number;
  /** True when the interval does not hold 0. */
  readonly isBeyondChance: boolean;
  readonly controls: number;
  /** Members whose values are not all above 0, or never change: they say nothing about a relative change. */
  readonly leftOut: readonly string[];
}

/**
 * Difference in differences of logarithms: how far the member's mean distance from the mean of the controls moved at the
 * event. Its 95 % interval comes from placebos: the same question is asked of every control, and the answers, each in units
 * of its member's own spread before the event, say what a period without an event looks like (Abadie, Diamond & Hainmueller
 * 2010, "Synthetic Control Methods for Comparative Case Studies"; the rank that keeps the level is that of conformal
 * prediction, Vovk et al. 2005). Nothing is assumed of how one day depends on the day before.
 * Fails with `bad-argument` for an unknown member, periods that do not fit, or fewer than 19 usable controls.
 */
export function effectOf({ member, series, eventAt }: EffectQuestion): EventEffect {
  const treated = checked(member, series, eventAt);
  const leftOut: string[] = [];
  const controls: number[][] = [];
  for (const [name, values] of series) {
    if (name === member) continue;
    if (isUsable(values, treated.length)) controls.push(values.map(Math.log));
    else leftOut.push(name);
  }
  if (controls.length < LEAST_CONTROLS) throw new Failure('bad-argument', `the effect of an event on "${member}" needs ${LEAST_CONTROLS} other members with values above 0 in every period; there are ${controls.length}: choose periods in which more of them have data`);
  const totals = treated.map((_, period) => controls.reduce((sum, values) => sum + values[period]!, 0)); // all have every period
  const placebos = controls.map((values) => {
    const { step, spread } = stepOf(values.map((value, period) => value - (totals[period]! - value) / (controls.length - 1)), eventAt);
    return Math.abs(step) / spread;
  }).sort((a, b) => a - b);
  const { step, spread } = stepOf(treated.map((value, period) => Math.log(value) - totals[period]! / controls.length), eventAt);
  const halfWidth = placebos[Math.ceil(COVERAGE * (placebos.length + 1)) - 1]! * spread; // 19 or more: the rank exists
  return {
    change: Math.expm1(step), low: Math.expm1(step - halfWidth), high: Math.expm1(step + halfWidth),
    isBeyondChance: Math.abs(step) > halfWidth, controls: controls.length, leftOut,
  };
}

function stepOf(distances: readonly number[], eventAt: number): { step: number; spread: number } {
  const before = distances.slice(0, eventAt);
  return { step: mean(distances.slice(eventAt)) - mean(before), spread: standardDeviation(before) };
}

function checked(member: string, series: EffectQuestion['series'], eventAt: number): readonly number[] {
  const values = series.get(member);
  if (values === undefined) throw new Failure('bad-argument', `"${member}" has no series to look for the effect of an event in`);
  if (!isUsable(values, values.length)) throw new Failure('bad-argument', `the series of "${member}" holds a value that is not above 0 (a day without readings, or without a platform that it has on other days, counts as 0), or never changes: a relative effect is not defined; choose other periods`);
  if (!Number.isInteger(eventAt) || eventAt < 2 || eventAt >= values.length) throw new Failure('bad-argument', `the event lies at period ${eventAt} of ${values.length}: at least 2 periods before it and 1 after it are needed`);
  return values;
}

function isUsable(values: readonly number[], periods: number): boolean {
  return values.length === periods && values.every((value) => value > 0 && Number.isFinite(value)) && values.some((value) => value !== values[0]);
}
