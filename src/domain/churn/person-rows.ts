import { featuresOf } from './features.ts';
import { kindOf, type KindReason } from './kinds.ts';
import { labelOf, type Label } from './labels.ts';
import { localClock } from './local-time.ts';
import { pastOf } from './past.ts';
import { timelineOf, type Timeline } from './timeline.ts';
import type { ActivityEvent } from '../activity/event.ts';
import type { InstantUs } from '../calendar/day.ts';
import type { Snapshot, WeekCuts } from './cuts.ts';
import type { LocalTime } from './local-time.ts';
import type { Population } from './population.ts';
import type { ChurnRule, Kind } from './rule.ts';

/** A row of `veteran_users`: a person's features at a snapshot, and what came of it. */
export interface VeteranRow {
  /** `Snapshot.name`; unique among one person's rows. */
  readonly snapshotWeek: string;
  readonly features: readonly number[];
  readonly label: Label;
  readonly trains: boolean;
}

/** A row of `recent_users_YYYY_WW`: a person's features at T, to be scored. */
export interface RecentRow {
  readonly features: readonly number[];
}

/** Everything a week's build says about one person. */
export interface PersonRows {
  readonly kind: Kind;
  readonly reason: KindReason;
  /** Kind at the previous week's T; null when no event was before it. */
  readonly previousKind: Kind | null;
  readonly veteran: readonly VeteranRow[];
  readonly recent: RecentRow | null;
}

/**
 * The rows of one person at one week; null without an event before T. Only events before T are read. A veteran has a row at
 * T − H and one at every weekly snapshot s at which they were kind 3: the same features, at the same stage of life, as a
 * recent row built in that week. Whoever was kind 3 at s ≤ T − H was first seen by s − M ≤ T − H − M, so is a veteran
 * at T: looking among veterans only selects nobody by what happened after s.
 */
export type PersonRowBuilder = (history: { readonly events: readonly ActivityEvent[] }) => PersonRows | null;

/** A builder for everybody of one week, with one clock for all; `population` is needed by the label rule `mean-gap` only. */
export function personRowBuilder(cuts: WeekCuts, rule: ChurnRule, timeZone: string, population?: Population): PersonRowBuilder {
  const localTimeOf = localClock(timeZone);
  return ({ events }) => {
    const timeline = timelineOf(events, localTimeOf);
    const verdict = kindOf(timeline.times, cuts.now, rule);
    if (verdict === null) return null;
    const view = { timeline, rule, localTimeOf, population };
    const isVeteran = verdict.kind === 1 || verdict.kind === 2;
    return {
      ...verdict,
      previousKind: kindOf(timeline.times, cuts.previous, rule)?.kind ?? null,
      veteran: isVeteran ? veteranRows(view, cuts) : [],
      recent: verdict.kind === 3 ? { features: featuresAt(view, cuts.now.atUs) } : null,
    };
  };
}

interface View {
  readonly timeline: Timeline;
  readonly rule: ChurnRule;
  readonly localTimeOf: (instant: InstantUs) => LocalTime;
  readonly population: Population | undefined;
}

function veteranRows(view: View, cuts: WeekCuts): VeteranRow[] {
  const poolsSnapshots = view.rule.trainOn === 'pooled-snapshots';
  const atHorizon = veteranRow(view, cuts.veteran, !poolsSnapshots);
  const pooled = cuts.snapshots
    .filter((snapshot) => kindOf(view.timeline.times, snapshot.cut, view.rule)?.kind === 3)
    .map((snapshot) => veteranRow(view, snapshot, poolsSnapshots));
  return [atHorizon, ...pooled].filter((row) => row !== null);
}

/** Null where the label rule says nothing of this person. */
function veteranRow(view: View, snapshot: Snapshot, trains: boolean): VeteranRow | null {
  const label = labelOf(view.timeline, snapshot, view.rule.label, view.localTimeOf, view.population);
  return label === null ? null : { snapshotWeek: snapshot.name, features: featuresAt(view, snapshot.cut.atUs), label, trains };
}

function featuresAt({ timeline, localTimeOf }: View, cutUs: InstantUs): number[] {
  const past = pastOf(timeline, cutUs, localTimeOf);
  if (past === null) throw new RangeError('a row needs at least one event before its cut'); // its kind says there is one
  return featuresOf(past);
}
