import { mean } from 'simple-statistics';
import { Failure } from '../failure.ts';
import { pastOf, type Past } from './past.ts';
import { countBefore, type Timeline } from './timeline.ts';
import type { InstantUs } from '../calendar/day.ts';
import type { Snapshot } from './cuts.ts';
import type { LocalTime } from './local-time.ts';
import type { Population } from './population.ts';
import type { LabelRule } from './rule.ts';

export type Label = 'churned' | 'engaged';

/**
 * The label of a row at `snapshot`, from what happened before s + H. `horizon`: churned without activity in [s, s + H).
 * `fixed-days` and `mean-gap` are older definitions: churned when, at s + H, the person has been silent for more than
 * that many days; mean-gap says null of somebody with fewer than two active days, and fails without `population`.
 */
export function labelOf(timeline: Timeline, snapshot: Snapshot, rule: LabelRule, localTimeOf: (instant: InstantUs) => LocalTime, population?: Population): Label | null {
  if (rule.kind === 'horizon') return outcomeOf(timeline.times, snapshot.cut.atUs, snapshot.outcomeEndUs);
  const past = pastOf(timeline, snapshot.outcomeEndUs, localTimeOf);
  if (past === null) return null;
  if (rule.kind === 'fixed-days') return silentLonger(past, rule.days);
  if (population === undefined) throw new Failure('bad-argument', 'The label rule "mean-gap" needs the mean gap of the population; expected { meanGapDays }.');
  return meanGapOf(past) === null ? null : silentLonger(past, population.meanGapDays);
}

/** What happened from `fromUs` to `untilUs`: engaged with at least one of the ordered `times` in the half-open interval. */
export function outcomeOf(times: ArrayLike<InstantUs>, fromUs: InstantUs, untilUs: InstantUs): Label {
  return countBefore(times, untilUs) > countBefore(times, fromUs) ? 'engaged' : 'churned';
}

/** Churned when more than `days` lie between the last active day and the last full day before the cut. */
export function silentLonger(past: Past, days: number): Label {
  const lastActiveDay = past.activeDays[past.activeDays.length - 1]!; // a past has an active day
  return past.cutDayNumber - 1 - lastActiveDay > days ? 'churned' : 'engaged';
}

/** Mean of the days between a person's neighbouring active days; null with fewer than two of them. */
export function meanGapOf(past: Past): number | null {
  return past.gaps.length > 0 ? mean([...past.gaps]) : null;
}
