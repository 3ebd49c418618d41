import { spanOf, type BucketName } from './bucket-name.ts';
import type { BucketRow } from './bucket-rows.ts';

/** What a property expects of a bucket. */
export interface Expected {
  readonly platforms: readonly string[];
  /** Seconds from one reading to the next; a minute in which none is due is not missed. */
  readonly everySeconds: number;
  readonly timeZone: string;
}

/** One member over all platforms: the sum of what is there. */
export interface Total {
  readonly member: string;
  readonly sum: number;
  readonly count: number;
  /** Of the means of its platforms. */
  readonly mean: number;
  /** Of the last readings of its platforms. */
  readonly last: number;
  readonly seen: readonly string[];
  /** Platforms without any reading in the bucket. */
  readonly missing: readonly string[];
  /** 1 where each expected platform has a reading in each minute in which one is due. */
  readonly completeness: number;
  readonly isComplete: boolean;
}

/** Minutes of the bucket in which a reading is due. A day of 23 hours has fewer than one of 25. */
export function minutesDue(bucket: BucketName, { everySeconds, timeZone }: Omit<Expected, 'platforms'>): number {
  const { from, to } = spanOf(bucket, timeZone);
  return Math.max(1, Math.floor((to - from) / Math.max(60, everySeconds)));
}

/** The total of the rows of one member; at least one row. A platform that the property no longer has counts, and is not expected. */
export function totalOf(rows: readonly BucketRow[], bucket: BucketName, expected: Expected): Total {
  const [first] = rows;
  if (!first) throw new RangeError('a total is made of at least one row');
  const due = minutesDue(bucket, expected);
  const covered = new Map(rows.map(({ platform, minutes }) => [platform, Math.min(minutes, due) / due]));
  const missing = expected.platforms.filter((platform) => !covered.has(platform));
  const completeness = expected.platforms.reduce((sum, platform) => sum + (covered.get(platform) ?? 0), 0) / expected.platforms.length;
  const over = (figure: (row: BucketRow) => number): number => rows.reduce((sum, row) => sum + figure(row), 0);
  return {
    member: first.member, sum: over(({ sum }) => sum), count: over(({ count }) => count), mean: over(({ mean }) => mean), last: over(({ last }) => last),
    seen: rows.map(({ platform }) => platform), missing, completeness, isComplete: completeness === 1,
  };
}

/** The totals of rows that are sorted by member. */
export function totalsOf(rows: readonly BucketRow[], bucket: BucketName, expected: Expected): Total[] {
  const totals: Total[] = [];
  for (let from = 0, to = 0; from < rows.length; from = to) {
    while (to < rows.length && rows[to]?.member === rows[from]?.member) to += 1;
    totals.push(totalOf(rows.slice(from, to), bucket, expected));
  }
  return totals;
}
