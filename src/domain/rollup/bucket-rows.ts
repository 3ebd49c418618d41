import { compareUsers } from '../activity/user-order.ts';
import { bucketOfReadings, merge, type Bucket, type Semantics } from './bucket.ts';
import type { Reading } from './reading.ts';

/** A row of a bucket: one member on one platform. */
export interface BucketRow extends Bucket {
  readonly member: string;
  readonly platform: string;
}

/** Rows of the bucket of one minute, in order, from its readings: handed in in order of member, platform and second, in any pieces. */
export function rowsOfReadings() {
  const rows: BucketRow[] = [];
  let [member, platform] = ['', ''];
  let values: number[] = [];
  const end = (): void => {
    if (values.length > 0) rows.push({ member, platform, ...bucketOfReadings(values) });
    values = [];
  };
  return {
    add(readings: readonly Reading[]): void {
      for (const reading of readings) {
        if (reading.member !== member || reading.platform !== platform) {
          end();
          ({ member, platform } = reading);
        }
        values.push(reading.value);
      }
    },
    rows(): BucketRow[] {
      end();
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
