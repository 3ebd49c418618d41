import type { InstantUs } from '../calendar/day.ts';
import type { Cut } from './cuts.ts';
import type { ChurnRule, Kind } from './rule.ts';
import { countBefore } from './timeline.ts';

/** Why somebody has the kind they have; a closed set. */
export type KindReason = 'veteran-silent' | 'veteran-active' | 'recent-predictable' | 'seen-too-briefly' | 'too-few-events';

export interface KindVerdict {
  readonly kind: Kind;
  readonly reason: KindReason;
}

/** Kind before and now, written `4→3`; `new→4` for somebody without an event before the previous cut. */
export type Transition = `${Kind | 'new'}→${Kind}`;

/**
 * The kind at `cut` of a person whose event times, in order, are `times`; null when none is before the cut. Times at or after the
 * cut change nothing. Intervals are half-open: a veteran with an event exactly at T − H is engaged.
 */
export function kindOf(times: ArrayLike<InstantUs>, cut: Cut, rule: ChurnRule): KindVerdict | null {
  const count = countBefore(times, cut.atUs);
  if (count === 0) return null;
  const first = times[0]!; // count > 0
  const last = times[count - 1]!; // count ≤ length
  if (first <= cut.minusBothUs) {
    return last >= cut.minusHorizonUs ? { kind: 2, reason: 'veteran-active' } : { kind: 1, reason: 'veteran-silent' };
  }
  if (first > cut.minusHistoryUs) return { kind: 4, reason: 'seen-too-briefly' };
  return count >= rule.minimumEvents ? { kind: 3, reason: 'recent-predictable' } : { kind: 4, reason: 'too-few-events' };
}

export function transitionOf(previousKind: Kind | null, kind: Kind): Transition {
  return `${previousKind ?? 'new'}→${kind}`;
}
