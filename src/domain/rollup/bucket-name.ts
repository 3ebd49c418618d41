import { Temporal } from 'temporal-polyfill';
import { startOfDay, type Day } from '../calendar/day.ts';

/** Levels of a rollup, finest first: each is built from the one before it, minutes from readings. */
export const LEVELS = ['minute', 'hour', 'day'] as const;
export type Level = (typeof LEVELS)[number];

/** Seconds since 1970-01-01T00:00Z. */
export type Second = number;

/** Half-open, in seconds. */
export interface Span {
  readonly from: Second;
  readonly to: Second;
}

/** Spans of buckets by level. */
export type SpansByLevel = Readonly<Record<Level, readonly Span[]>>;

/**
 * A bucket by name: `2019-01-01_12-34`, `2019-01-01_12`, both UTC, and `2019-01-01`. A day belongs to a time zone: where
 * that is not UTC its name carries the offset of its first instant, `2019-04-01+01-00`.
 */
export type BucketName = string;

const MINUTE = 60;
const HOUR = 3600;

/** The name of a second of live data, `2019-01-01_12-34-00`, UTC. */
export function secondName(second: Second): string {
  const text = new Date(second * 1000).toISOString();
  return `${text.slice(0, 10)}_${text.slice(11, 19).replaceAll(':', '-')}`;
}

/** The name of the bucket of this level that holds the second. */
export function bucketAt(level: Level, second: Second, timeZone: string): BucketName {
  if (level === 'minute') return secondName(second).slice(0, 16);
  if (level === 'hour') return secondName(second).slice(0, 13);
  return dayName(localDay(second, timeZone), timeZone);
}

/** The bucket of a local day; fails with RangeError where the zone is not whole hours from UTC then, because a day is made of UTC hours. */
export function dayName(day: Day, timeZone: string): BucketName {
  if (timeZone === 'UTC') return day;
  const offset = offsetAt(firstSecondOf(day, timeZone), timeZone);
  if (offset % HOUR !== 0) throw new RangeError(`day ${day} begins ${offsetText(offset)} from UTC in ${timeZone}; expected whole hours, because a day is made of hours in UTC`);
  return `${day}${offsetText(offset)}`;
}

/** `text` as a name, with its level and span; a second has one too. RangeError when it is none, or a day's offset is not that of the zone. */
export function parseName(text: string, timeZone: string): { readonly level: Level | 'second'; readonly span: Span } {
  const match = /^(\d{4}-\d{2}-\d{2})(?:_(\d{2})(?:-(\d{2})(?:-(\d{2}))?)?|([+-]\d{2}-\d{2}))?$/.exec(text);
  if (!match?.[1]) throw new RangeError(`"${text}" is not the name of a bucket; expected 2019-01-01, 2019-01-01_12, 2019-01-01_12-34 or 2019-01-01_12-34-56`);
  const [, day, hour, minute, second] = match;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) throw new RangeError(`"${day}" is not a day of the calendar`);
  if (hour === undefined) return { level: 'day', span: daySpan(text, day, timeZone) };
  if (Number(hour) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) throw new RangeError(`"${text}" is not a time of the day`);
  const from = midnight / 1000 + Number(hour) * HOUR + Number(minute ?? 0) * MINUTE + Number(second ?? 0);
  const [level, seconds] = second !== undefined ? (['second', 1] as const) : minute !== undefined ? (['minute', MINUTE] as const) : (['hour', HOUR] as const);
  return { level, span: { from, to: from + seconds } };
}

/** The span of a bucket. */
export function spanOf(name: BucketName, timeZone: string): Span {
  return parseName(name, timeZone).span;
}

/** The local day that a bucket of level day is named for. */
export function dayOfName(name: BucketName): Day {
  return name.slice(0, 10);
}

/** The buckets of a level that lie whole in the span, oldest first. */
export function bucketsIn(level: Level, { from, to }: Span, timeZone: string): BucketName[] {
  const names: BucketName[] = [];
  if (level === 'day') {
    let day = localDay(from, timeZone);
    if (firstSecondOf(day, timeZone) < from) day = dayAfter(day);
    for (; firstSecondOf(dayAfter(day), timeZone) <= to; day = dayAfter(day)) names.push(dayName(day, timeZone));
    return names;
  }
  const seconds = level === 'minute' ? MINUTE : HOUR;
  for (let at = Math.ceil(from / seconds) * seconds; at + seconds <= to; at += seconds) names.push(bucketAt(level, at, timeZone));
  return names;
}

/** The same seconds in as few spans as they can be, oldest first. */
export function joinedSpans(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const before = joined.at(-1);
    if (before && before.to >= span.from) joined[joined.length - 1] = { from: before.from, to: Math.max(before.to, span.to) };
    else joined.push(span);
  }
  return joined;
}

/** The bucket one level up that holds this one; null for a day. */
export function parentOf(level: Level, name: BucketName, timeZone: string): { readonly level: Level; readonly name: BucketName } | null {
  const above = LEVELS[LEVELS.indexOf(level) + 1];
  if (above === 'hour') return { level: above, name: periodOf(level, name) };
  return above === undefined ? null : { level: above, name: bucketAt(above, spanOf(name, timeZone).from, timeZone) };
}

/** The level that a level is built from; null for minutes, which are built from readings. */
export function levelBelow(level: Level): Level | null {
  return LEVELS[LEVELS.indexOf(level) - 1] ?? null;
}

/** What comes before the last part of the name: the hour of a minute, the UTC day of an hour, the month of a day. Seals of one period lie together. */
export function periodOf(level: Level, name: BucketName): string {
  return name.slice(0, { minute: 13, hour: 10, day: 7 }[level]);
}

function daySpan(name: BucketName, day: Day, timeZone: string): Span {
  const expected = dayName(day, timeZone);
  if (name !== expected && name !== day) throw new RangeError(`"${name}" has another offset than ${timeZone} on that day; expected ${expected}`);
  return { from: firstSecondOf(day, timeZone), to: firstSecondOf(dayAfter(day), timeZone) };
}

/** Without the calendar where the zone is UTC: minutes are named by the ten thousand. */
function firstSecondOf(day: Day, timeZone: string): Second {
  return timeZone === 'UTC' ? Date.parse(`${day}T00:00:00Z`) / 1000 : startOfDay(day, timeZone) / 1e6;
}

function localDay(second: Second, timeZone: string): Day {
  if (timeZone === 'UTC') return secondName(second).slice(0, 10);
  return Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

function dayAfter(day: Day): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

function offsetAt(second: Second, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e9;
}

function offsetText(seconds: number): string {
  const minutes = Math.abs(seconds) / 60;
  return `${seconds < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}-${String(minutes % 60).padStart(2, '0')}`;
}
