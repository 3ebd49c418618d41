import { gapsOf, type ForecastDay, type Gap } from '../../domain/activity/backfill-forecast.ts';
import { indent, table } from './table.ts';
import type { Duration } from '../../domain/activity/backfill-duration.ts';

/** What `run` would do with a week: build it, or find that it serves, or was taken down, already. */
export interface PlannedWeek {
  readonly week: string;
  readonly state: 'build' | 'live' | 'retired';
}

/** A plan of a backfill, as `--json` shows it. */
export interface BackfillPlan {
  readonly property: string;
  readonly from: string;
  readonly to: string;
  readonly days: readonly ForecastDay[];
  readonly weeks: readonly PlannedWeek[];
  /** Which weeks of the range the property is too young for; null when none is, or no weeks were asked for. */
  readonly leftOut: string | null;
  readonly gaps: readonly Gap[];
  /** Of all days. */
  readonly total: { readonly days: number; readonly toRead: number; readonly records: number; readonly bytes: number; readonly bytesBilled: number; readonly minutes: number };
  readonly expected: { readonly days: Duration; readonly weeks: Omit<Duration, 'recordsPerSecond'> };
}

/** A plan without what follows from it. */
export type PlanInput = Omit<BackfillPlan, 'gaps' | 'total'>;

export function planOf({ property, from, to, days, weeks, leftOut, expected }: PlanInput): BackfillPlan {
  const sum = (of: (day: ForecastDay) => number): number => days.reduce((total, day) => total + of(day), 0);
  const total = {
    days: days.length, toRead: days.filter(({ source }) => source === 'read').length,
    records: sum(({ records }) => records), bytes: sum(({ bytes }) => bytes), bytesBilled: sum(({ bytesBilled }) => bytesBilled),
    minutes: Math.round(10 * (expected.days.minutes + expected.weeks.minutes)) / 10,
  };
  return { property, from, to, days, weeks, leftOut, gaps: gapsOf(days), total, expected };
}

const WEEK_WORDS: Record<PlannedWeek['state'], string> = { build: 'is built', live: 'serves already', retired: 'was taken down; stays so' };

/** For people: a line a day and a week, the gaps, and what all of it takes. */
export function planText(plan: BackfillPlan): string {
  const { days, weeks, leftOut, gaps, total, expected } = plan;
  const parts = [
    days.length > 0 ? table(days.map(({ day, why, records, bytes, bytesBilled, ...found }) => [day, why, records, bytes, bytesBilled, remarkOn(found)]), ['day', 'why', 'rows', 'bytes', 'billed', '']) : '',
    weeks.length > 0 ? table(weeks.map(({ week, state }) => [week, WEEK_WORDS[state]])) : '',
    leftOut ?? '',
    gaps.length > 0 ? `the source has nothing of ${gaps.reduce((sum, gap) => sum + gap.days, 0)} of these days:\n${indent(gaps.map(({ from, to, days: length }) => (length === 1 ? from : `${from} to ${to} (${length} days)`)).join('\n'))}` : '',
    [
      `${count(total.days, 'day')}, ${number(total.toRead)} to read${weeks.length > 0 ? `; ${count(weeks.filter(({ state }) => state === 'build').length, 'week')} to build` : ''}`,
      `${number(total.records)} rows, ${number(total.bytes)} bytes at the source, at most ${number(total.bytesBilled)} bytes billed`,
      `about ${minutes(total.minutes)} (${basis(expected, weeks.length > 0)})`,
      'nothing was written',
    ].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function remarkOn({ source, sentence }: Pick<ForecastDay, 'source' | 'sentence'>): string {
  switch (source) {
    case 'read':
      return '';
    case 'known':
      return 'this content is in: only looked at';
    case 'nothing':
      return `nothing there: ${sentence}`;
    case 'not-due':
      return `not there yet: ${sentence}`;
    case 'unreadable':
    case 'refused':
      return `would fail: ${sentence}`;
  }
}

function basis({ days, weeks }: BackfillPlan['expected'], hasWeeks: boolean): string {
  const rate = days.recordsPerSecond === null ? '' : `, ${number(days.recordsPerSecond)} rows/s a day`;
  const ofDays = days.from === 'measured' ? `as days of this property took before${rate}` : 'a stated figure: no day of this property was timed yet';
  if (!hasWeeks) return ofDays;
  return `${ofDays}; weeks ${weeks.from === 'measured' ? 'as the newest were built' : 'by a stated figure: none was timed yet'}`;
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const count = (value: number, noun: string): string => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
const minutes = (value: number): string => (value < 1 ? 'a minute' : `${number(Math.ceil(value))} minutes`);
