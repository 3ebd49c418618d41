import { addDays, type Day, type InstantUs } from '../calendar/day.ts';
import { isSettled, type DayState } from './manifest.ts';

/** Why a day is in a plan: nobody has looked at it, how the last look ended, or what became of a settled day's source since. */
export type DayReason = 'new' | 'changed' | 'unchanged' | DayState;

/** A day of a plan, and what its source has of it now. */
export interface ForecastDay {
  readonly day: Day;
  readonly why: DayReason;
  /** `known`: this content is in already, so nothing is read. `nothing` is a gap in the source, `not-due` has time to come. */
  readonly source: 'read' | 'known' | 'nothing' | 'not-due' | 'unreadable' | 'refused';
  /** What was expected, or why it cannot be read. */
  readonly sentence: string | null;
  /** To be read. */
  readonly records: number;
  readonly bytes: number;
  readonly bytesBilled: number;
}

/** What the source says of a day: a look, with its price where it has one. */
export type FoundDay =
  | { readonly state: 'present'; readonly isKnown: boolean; readonly records: number; readonly bytes: number; readonly bytesBilled: number; readonly refusal: string | null }
  | { readonly state: 'missing'; readonly expected: string; readonly dueByUs?: InstantUs }
  | { readonly state: 'unreadable'; readonly sentence: string };

/** `state` is how the newest look ended, null where there was none. */
export function forecastDay(day: Day, state: DayState | null, found: FoundDay): ForecastDay {
  const nothingRead = { records: 0, bytes: 0, bytesBilled: 0 };
  const isChanged = found.state === 'present' && !found.isKnown;
  const why: DayReason = state === null ? 'new' : !isSettled(state) ? state : isChanged ? 'changed' : 'unchanged';
  switch (found.state) {
    case 'missing':
      return { day, why, source: found.dueByUs === undefined ? 'nothing' : 'not-due', sentence: found.expected, ...nothingRead };
    case 'unreadable':
      return { day, why, source: 'unreadable', sentence: found.sentence, ...nothingRead };
    case 'present': {
      const { records, bytes, bytesBilled, refusal, isKnown } = found;
      if (isKnown) return { day, why, source: 'known', sentence: null, ...nothingRead };
      if (refusal !== null) return { day, why, source: 'refused', sentence: refusal, ...nothingRead };
      return { day, why, source: 'read', sentence: null, records, bytes, bytesBilled };
    }
  }
}

/** Consecutive days of which the source has nothing. */
export interface Gap {
  readonly from: Day;
  readonly to: Day;
  readonly days: number;
}

/** The gaps in a source, oldest first; `days` in any order. A day between two that was not planned, because it is in or closed, divides them. */
export function gapsOf(days: readonly Pick<ForecastDay, 'day' | 'source'>[]): Gap[] {
  const gaps: Gap[] = [];
  for (const day of days.filter(({ source }) => source === 'nothing').map((gone) => gone.day).toSorted()) {
    const last = gaps.at(-1);
    if (last && addDays(last.to, 1) === day) gaps[gaps.length - 1] = { ...last, to: day, days: last.days + 1 };
    else gaps.push({ from: day, to: day, days: 1 });
  }
  return gaps;
}
