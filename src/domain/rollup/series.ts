import { parseName, spanOf, LEVELS, type BucketName, type Level, type Second, type Span } from './bucket-name.ts';
import { totalOf, type Expected } from './total.ts';
import type { BucketRow } from './bucket-rows.ts';
import type { Measure } from './categories.ts';

/** One member in one bucket, over all platforms: the sum of what is there, and how much of it is. */
export interface SeriesPoint {
  readonly bucket: BucketName;
  readonly from: Second;
  /** Of the bucket: grows when its content changes. */
  readonly revision: number;
  /** By the property's measure. */
  readonly value: number;
  readonly sum: number;
  readonly count: number;
  readonly mean: number;
  readonly last: number;
  /** Platforms without any reading in the bucket. */
  readonly missing: readonly string[];
  readonly completeness: number;
  readonly isComplete: boolean;
}

/** Two members in one bucket; null where one has no reading in it. */
export interface PairPoint {
  readonly bucket: BucketName;
  readonly from: Second;
  readonly a: number | null;
  readonly b: number | null;
  readonly difference: number | null;
  /** a for each b; null where b is 0. */
  readonly ratio: number | null;
  /** Whose value is of what is there only. */
  readonly partial: readonly ('a' | 'b')[];
  /** Both are there, and whole. */
  readonly isComplete: boolean;
}

const SECONDS: Readonly<Record<Level, number>> = { minute: 60, hour: 3600, day: 86_400 };

/** The point of a bucket from the member's rows in it, of which there is at least one. */
export function pointOf({ bucket, revision, rows }: { bucket: BucketName; revision: number; rows: readonly BucketRow[] }, settings: Expected & { readonly measure: Measure }): SeriesPoint {
  const { sum, count, mean, last, missing, completeness, isComplete } = totalOf(rows, bucket, settings);
  return { bucket, from: spanOf(bucket, settings.timeZone).from, revision, value: settings.measure === 'sum' ? sum : mean, sum, count, mean, last, missing, completeness, isComplete };
}

/** Two series side by side, by bucket, oldest first. */
export function paired(a: readonly SeriesPoint[], b: readonly SeriesPoint[]): PairPoint[] {
  const [ofA, ofB] = [byBucket(a), byBucket(b)];
  const all = [...new Map([...a, ...b].map(({ bucket, from }) => [bucket, from]))].sort(([, one], [, other]) => one - other);
  return all.map(([bucket, from]) => {
    const [one, other] = [ofA.get(bucket), ofB.get(bucket)];
    const both = one && other ? { difference: one.value - other.value, ratio: other.value === 0 ? null : one.value / other.value } : { difference: null, ratio: null };
    return { bucket, from, a: one?.value ?? null, b: other?.value ?? null, ...both, partial: [...(one?.isComplete === false ? ['a' as const] : []), ...(other?.isComplete === false ? ['b' as const] : [])], isComplete: one?.isComplete === true && other?.isComplete === true };
  });
}

function byBucket(points: readonly SeriesPoint[]): Map<BucketName, SeriesPoint> {
  return new Map(points.map((point) => [point.bucket, point]));
}

/** From the first to the last of two buckets, both included, of this level or a coarser one. RangeError where a name is none, or the range is none. */
export function rangeOf(level: Level, from: BucketName, to: BucketName, timeZone: string): Span {
  const [first, last] = [from, to].map((name) => {
    const { level: named, span } = parseName(name, timeZone);
    if (named === 'second' || LEVELS.indexOf(named) < LEVELS.indexOf(level)) throw new RangeError(`"${name}" is the name of a ${named}; expected a ${level} or more`);
    return span;
  }) as [Span, Span];
  if (last.to <= first.from) throw new RangeError(`the range ${from}..${to} ends before it begins`);
  return { from: first.from, to: last.to };
}

/** How many buckets of a level a span has at most, without naming them: a day has 23 to 25 hours. */
export function bucketsAtMost(level: Level, { from, to }: Span): number {
  return Math.ceil((to - from) / SECONDS[level]);
}

/** The newest `count` buckets of a level up to an instant that ends one. */
export function newestSpan(level: Level, count: number, until: Second): Span {
  return { from: until - count * SECONDS[level], to: until };
}
