import { compareUsers } from '../activity/user-order.ts';
import { merge, type Bucket, type Semantics } from './bucket.ts';
import type { ReadingColumns } from './reading.ts';

/** A row of a bucket: one member on one platform. */
export interface BucketRow extends Bucket {
  readonly member: string;
  readonly platform: string;
}

/**
 * Rows of the bucket of one minute, in order, from its readings: handed in in order of member, platform and second, in any pieces. What
 * `bucketOfReadings` says of each run of one member on one platform, in one pass over variables of one call: kept between calls, each
 * addition would allocate a number; with an array for each run it took 1.3 times the CPU.
 */
export function rowsOfReadings() {
  const rows: BucketRow[] = [];
  let open: BucketRow | null = null;
  return {
    add({ members, platforms, values }: Pick<ReadingColumns, 'members' | 'platforms' | 'values'>): void {
      for (let at = 0; at < values.length;) {
        const [member, platform] = [members[at]!, platforms[at]!]; // columns are of equal length
        const before: BucketRow | null = open?.member === member && open.platform === platform ? open : null;
        if (before === null && open !== null) rows.push(open);
        let [sum, count, min, max, first, last] = before === null ? [0, 0, Infinity, -Infinity, values[at]!, 0] : [before.sum, before.count, before.min, before.max, before.first, before.last];
        for (; at < values.length && members[at] === member && platforms[at] === platform; at += 1, count += 1) {
          const value = values[at]!;
          sum += value;
          if (value < min) min = value;
          if (value > max) max = value;
          last = value;
        }
        open = { member, platform, sum, count, min, max, first, last, mean: sum / count, minutes: 1 };
      }
    },
    rows(): BucketRow[] {
      if (open !== null) rows.push(open);
      open = null;
      return rows;
    },
  };
}

/**
 * Rows of a bucket from the rows of the buckets below, which are handed in one bucket after the other, oldest first. Memory
 * is that of one row for each member and platform, however many buckets there are below.
 */
export function rowsOfBuckets(semantics: Semantics) {
  const known = new Map<string, { row: BucketRow; means: number; buckets: number }>();
  return {
    add(rows: readonly BucketRow[]): void {
      for (const row of rows) {
        const key = `${row.platform} ${row.member}`; // a platform has no space
        const so = known.get(key);
        if (!so) {
          known.set(key, { row, means: row.mean, buckets: 1 });
          continue;
        }
        so.row = { member: row.member, platform: row.platform, ...merge(so.row, row) };
        so.means += row.mean;
        so.buckets += 1;
      }
    },
    rows(): BucketRow[] {
      return [...known.values()]
        .map(({ row, means, buckets }) => ({ ...row, mean: semantics === 'exact' ? row.sum / row.count : means / buckets }))
        .sort((a, b) => compareUsers(a.member, b.member) || compareUsers(a.platform, b.platform));
    },
  };
}
