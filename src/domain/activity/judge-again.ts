import { addDays, type Day } from '../calendar/day.ts';
import { isSettled, type DayState } from './manifest.ts';
import { namesLookBackDays, type PastNames } from './renamed-event.ts';
import { judgeDay, volumeLookBackDays, type DayChecks, type DayCounts, type DayFault, type PastVolume } from './verdict.ts';
import type { CheckVerdict } from '../check.ts';
import type { EventNames } from './event-names.ts';

type Finality = Extract<DayState, 'final' | 'provisional'>;

/** A day as it stands now. */
export interface JudgedDay extends DayCounts {
  readonly day: Day;
  readonly state: DayState;
  readonly reason: string | null;
  readonly checks: readonly CheckVerdict[];
  readonly eventNames: EventNames | null;
  /** How its rows were understood; null where it has none. */
  readonly mappingHash: string | null;
}

/** A day of which its checks say something else than what stands there. `final` where none fails: provisional while its source may still change it. */
export interface ChangedVerdict {
  readonly day: Day;
  readonly was: DayState;
  readonly state: 'final' | DayFault;
  readonly reason: string | null;
  readonly checks: readonly CheckVerdict[];
}

/** The days that are read when a range is judged again, and those of them that are judged: a day of the range is in the past of every day until `until`. */
export function judgedAlong({ from, to }: { readonly from: Day; readonly to: Day }): { readonly readFrom: Day; readonly until: Day } {
  return { readFrom: addDays(from, -volumeLookBackDays), until: addDays(to, volumeLookBackDays) };
}

/** What a day's volume is measured against: the settled ones of the days before it. */
export function settledVolumes(days: readonly Pick<JudgedDay, 'day' | 'state' | 'rows' | 'anonymous'>[]): PastVolume[] {
  return days.filter(({ state }) => isSettled(state)).map(({ day, rows, anonymous }) => ({ day, records: rows + anonymous }));
}

/** The days whose event names a day's are compared with: the latest settled ones with rows, of days in order. */
export function namedDays<T extends Pick<JudgedDay, 'state' | 'rows'>>(days: readonly T[]): T[] {
  return days.filter(({ state, rows }) => isSettled(state) && rows > 0).slice(-namesLookBackDays);
}

/** Their names, where they were understood the same way: another column map has other names. */
export function namesAlike(days: readonly Pick<JudgedDay, 'day' | 'eventNames' | 'mappingHash'>[], mappingHash: string | null): PastNames[] {
  return days.flatMap(({ day, eventNames, mappingHash: other }) => (eventNames && other === mappingHash ? [{ day, names: eventNames }] : []));
}

/** Is the verdict of a day in this state one of its checks, so that the days before it may change it? */
function isJudgedAgain(state: string): boolean {
  return state === 'final' || state === 'provisional' || isHeldByCheck(state);
}

/** Did a check of the day fail? */
export function isHeldByCheck(state: string): state is DayFault {
  return state === 'low-volume' || state === 'unknown-people' || state === 'missing-events' || state === 'renamed-event';
}

/**
 * Judges one day again, against the days before it as they stand; null where that says what stands there. Days that came in
 * side by side, or newest first, were measured against a past with holes: judged again oldest first, each against the
 * verdicts before it, they are the same whatever their order was. What a person or the source has said stays.
 */
export function judgeAgain(known: JudgedDay, before: readonly JudgedDay[], checks: DayChecks): ChangedVerdict | null {
  if (!isJudgedAgain(known.state)) return null;
  const past = before.filter(({ day }) => day >= addDays(known.day, -volumeLookBackDays) && day < known.day);
  const { state, ...verdict } = judgeDay(known.day, known, checks, settledVolumes(past), namesAlike(namedDays(past), known.mappingHash));
  if (state === 'empty' || state === 'bad-rows') return null;
  const isSameState = state === known.state || (state === 'final' && known.state === 'provisional');
  const isSame = isSameState && verdict.reason === known.reason && JSON.stringify(verdict.checks) === JSON.stringify(known.checks);
  return isSame ? null : { day: known.day, was: known.state, state, ...verdict };
}

/** The state that a verdict gives a day. */
export function stateUnder(state: ChangedVerdict['state'], finality: Finality): DayState {
  return state === 'final' ? finality : state;
}
