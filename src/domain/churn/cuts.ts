import { addDays, startOfDay, type Day, type InstantUs } from '../calendar/day.ts';
import { addWeeks, cutDayOf, weekOf, type Week } from '../calendar/week.ts';
import type { ChurnRule } from './rule.ts';

/** One cut and the three instants the rules look back to; each is the local midnight that many calendar days earlier. */
export interface Cut {
  /** The day that begins at the cut. */
  readonly day: Day;
  /** T. */
  readonly atUs: InstantUs;
  /** T − M. */
  readonly minusHistoryUs: InstantUs;
  /** T − H. */
  readonly minusHorizonUs: InstantUs;
  /** T − H − M. */
  readonly minusBothUs: InstantUs;
}

/** A cut whose horizon has passed by the week's T, so that what followed may be read as a label. */
export interface Snapshot {
  /**
   * The `snapshot_week` of a row's key. A weekly snapshot is named by the week it ends, so week `2011-W36`'s own cut is
   * `2011-W36`. The cut T − H need not be a Monday: it is named by the week that holds the day before it, and ends in
   * `@T-H`, so it never meets the weekly snapshot of the same week.
   */
  readonly name: string;
  /** The ISO week that holds the last day before the cut. */
  readonly week: Week;
  readonly cut: Cut;
  /** s + H: the label reads activity in [s, s + H). */
  readonly outcomeEndUs: InstantUs;
}

/** Every instant at which a week's build looks at a person. */
export interface WeekCuts {
  readonly week: Week;
  readonly now: Cut;
  /** The cut of the week before, for the transitions since then. */
  readonly previous: Cut;
  /** T − H, at which every veteran has a row. */
  readonly veteran: Snapshot;
  /** Weekly snapshots with s + H ≤ T, newest first. */
  readonly snapshots: readonly Snapshot[];
}

const AT_HORIZON = '@T-H';

/**
 * The cuts of `week` in `timeZone`. Weekly snapshots are the instants at which weeks were or would have been built; they
 * go back at most `rule.maximumSnapshotWeeks` weeks from T − H and stop at `firstDay` + M, before which nobody of kind 3 can exist.
 */
export function weekCuts(week: Week, timeZone: string, rule: ChurnRule, firstDay: Day): WeekCuts {
  const cutDay = cutDayOf(week);
  const horizonDay = addDays(cutDay, -rule.horizonDays);
  const earliest = addDays(firstDay, rule.minimumHistoryDays);
  const snapshots: Snapshot[] = [];
  // The newest week whose cut is not after T − H is the one before the week that holds T − H, whose cut is still ahead.
  for (let past = addWeeks(weekOf(horizonDay), -1); snapshots.length < rule.maximumSnapshotWeeks && cutDayOf(past) >= earliest; past = addWeeks(past, -1)) {
    snapshots.push(snapshotAt(past, past, cutDayOf(past), timeZone, rule));
  }
  const horizonWeek = weekOf(addDays(horizonDay, -1));
  return {
    week,
    now: cutAt(cutDay, timeZone, rule),
    previous: cutAt(addDays(cutDay, -7), timeZone, rule),
    veteran: snapshotAt(`${horizonWeek}${AT_HORIZON}`, horizonWeek, horizonDay, timeZone, rule),
    snapshots,
  };
}

/** The cut at the first instant of `day`: also the as-of of a cohort. */
export function cutAt(day: Day, timeZone: string, rule: ChurnRule): Cut {
  const before = (days: number) => startOfDay(addDays(day, -days), timeZone);
  return {
    day,
    atUs: before(0),
    minusHistoryUs: before(rule.minimumHistoryDays),
    minusHorizonUs: before(rule.horizonDays),
    minusBothUs: before(rule.horizonDays + rule.minimumHistoryDays),
  };
}

function snapshotAt(name: string, week: Week, day: Day, timeZone: string, rule: ChurnRule): Snapshot {
  return { name, week, cut: cutAt(day, timeZone, rule), outcomeEndUs: startOfDay(addDays(day, rule.horizonDays), timeZone) };
}
