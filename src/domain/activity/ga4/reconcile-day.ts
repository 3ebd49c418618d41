import type { Day } from '../../calendar/day.ts';

/** People, sessions and events of a day, as Google's reports count them. */
export interface DayFigures {
  readonly people: number;
  readonly sessions: number;
  readonly events: number;
}

/** What Google reports of the day; `marks` name what it admits to have left out or estimated. */
export interface DayReport {
  readonly figures: DayFigures;
  readonly marks: readonly string[];
  /** Why the people of the report are other ones than the source's, where they are: then events alone are compared. */
  readonly otherPeople?: string;
}

/** What the store holds of the day. */
export interface StoredFigures extends DayFigures {
  /** Rows without a person, and rows that were not understood: Google's reports may count them or not. */
  readonly uncounted: number;
}

/** Shares of the reported figure. Google's people and sessions are HyperLogLog++ estimates: ±1.6 % and ±3.3 % in 95 of 100 cases (developers.google.com/analytics/blog/2022/hll). */
export type Tolerance = DayFigures;

export type FigureName = keyof DayFigures;

export interface Comparison {
  readonly figure: FigureName;
  readonly stored: number;
  readonly reported: number;
  /** (stored − reported) / reported; the part that uncounted rows may explain is taken off. */
  readonly difference: number;
  readonly isWithin: boolean;
}

export interface Reconciled {
  readonly verdict: 'agrees' | 'differs';
  readonly comparisons: readonly Comparison[];
  readonly sentence: string;
}

/** Fewer than this between two figures are never a difference: on a quiet day one person is many percent. */
const leastDifference = 5;

/**
 * Compares what is stored of a final day with what Google reports. A figure agrees when it is within the tolerance or
 * less than five apart. Differences never hold a day: both sides may be right, as reports leave out people who refused.
 */
export function reconcile(day: Day, stored: StoredFigures, { figures: reported, marks, otherPeople }: DayReport, tolerance: Tolerance): Reconciled {
  const compared: readonly FigureName[] = otherPeople === undefined ? ['people', 'sessions', 'events'] : ['events'];
  const comparisons = compared.map((figure) => compare(figure, stored[figure], figure === 'events' ? stored.uncounted : 0, reported[figure], tolerance[figure]));
  const verdict = comparisons.every(({ isWithin }) => isWithin) ? 'agrees' : 'differs';
  const figures = comparisons.map(({ figure, stored: ours, reported: theirs, difference, isWithin }) => `${figure} ${ours} / ${theirs} (${percent(difference)}${isWithin ? '' : `, more than ${percent(tolerance[figure]).slice(1)}`})`);
  const marked = marks.length > 0 ? `; the report is marked ${marks.join(', ')}` : '';
  const leftOut = otherPeople === undefined ? '' : `; people and sessions are not compared: ${otherPeople}`;
  return { verdict, comparisons, sentence: `day ${day} ${verdict === 'agrees' ? 'agrees with' : 'differs from'} Google's report, stored / reported: ${figures.join(', ')}${leftOut}${marked}` };
}

function compare(figure: FigureName, stored: number, uncounted: number, reported: number, tolerance: number): Comparison {
  // Between what is stored and that with the uncounted rows, everything is explained.
  const apart = reported < stored ? stored - reported : Math.min(0, stored + uncounted - reported);
  const difference = apart === 0 ? 0 : apart / Math.max(1, reported);
  return { figure, stored, reported, difference, isWithin: Math.abs(apart) < leastDifference || Math.abs(difference) <= tolerance };
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
}
