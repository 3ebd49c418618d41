import { median } from 'simple-statistics';

/** A day that came in: how many records it had and how long they took. */
export interface TimedDay {
  readonly records: number;
  readonly seconds: number;
}

export interface Duration {
  readonly minutes: number;
  /** From days that came in before, or a figure that is stated because there are none. */
  readonly from: 'measured' | 'stated';
  /** Where measured: the usual rate, in records a second of one day. */
  readonly recordsPerSecond: number | null;
}

/** Looking, claiming and telling, beside the reading and writing that is measured. */
const aroundSeconds = 0.3;
/** Of two shared cores with everything on one machine; used until the first day of the property is in. */
const stated = { recordsPerSecond: 4000, leastSeconds: 0.3 } as const;
const leastTimed = 3;
/** Days of about the same size say best how long a day takes. */
const alike = 9;

/**
 * How long days of so many records take, `atOnce` of them at a time; null is a day that is only looked at. A day takes as
 * long as days of its size did (the median of the nearest nine), and longer in proportion where it is larger than those.
 */
export function durationOf(days: readonly (number | null)[], timed: readonly TimedDay[], atOnce: number): Duration {
  const isMeasured = timed.length >= leastTimed;
  const secondsOf = (records: number): number => (isMeasured ? nearest(records, timed) : Math.max(stated.leastSeconds, records / stated.recordsPerSecond));
  const seconds = days.reduce<number>((sum, records) => sum + aroundSeconds + (records === null ? 0 : secondsOf(records)), 0);
  const rates = timed.filter((day) => day.records > 0 && day.seconds > 0).map((day) => day.records / day.seconds);
  return { minutes: seconds / Math.max(1, Math.min(atOnce, days.length)) / 60, from: isMeasured ? 'measured' : 'stated', recordsPerSecond: isMeasured && rates.length > 0 ? median(rates) : null };
}

function nearest(records: number, timed: readonly TimedDay[]): number {
  const distance = (day: TimedDay): number => Math.abs(Math.log((day.records + 1) / (records + 1)));
  const some = timed.toSorted((a, b) => distance(a) - distance(b)).slice(0, alike);
  const [seconds, size] = [median(some.map((day) => day.seconds)), median(some.map((day) => day.records))];
  return seconds * Math.max(1, (records + 1) / (size + 1));
}
