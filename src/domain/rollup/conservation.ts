import type { BucketName, Level } from './bucket-name.ts';
import type { Content, Seal } from './seal.ts';

/** A bucket that does not add up: its own rows against its seal, or its seal against those of the buckets below. */
export interface Mismatch {
  readonly level: Level;
  readonly bucket: BucketName;
  readonly shard: number;
  readonly sentence: string;
}

type Sums = Pick<Content, 'sum' | 'count'>;

/** Of one addition of doubles, relative. */
const ROUNDING = 2 ** -52;
/** Additions on the way of a reading into the sum of a day, beside those over rows: 60 seconds, 60 minutes, 25 hours, with room. */
const ADDITIONS = 200;

/**
 * Are these the same sums, added up in different orders? Counts must be equal, and sums of whole numbers too,
 * as long as doubles count one by one up to the magnitude of the readings: beyond that every double is a whole number, and
 * rounded. Other sums may differ by what all additions can lose together; it is of that magnitude and not of the sum, which
 * may be near 0.
 */
export function isConserved(a: Sums, b: Sums, { rows, count, magnitude }: Pick<Content, 'rows' | 'count' | 'magnitude'>): boolean {
  if (a.count !== b.count) return false;
  if (Number.isInteger(a.sum) && Number.isInteger(b.sum) && magnitude <= Number.MAX_SAFE_INTEGER) return a.sum === b.sum;
  return Math.abs(a.sum - b.sum) <= ROUNDING * Math.min(count, rows + ADDITIONS) * magnitude;
}

/** What is wrong between the rows that are stored and the seal they were written under; null where nothing is. */
export function rowsMismatch(stored: Pick<Content, 'rows' | 'sum' | 'count' | 'checksum'>, seal: Seal): Mismatch | null {
  // Of the same rows in the same order sums are the same to the last bit: where they are not, it is the seal that was changed.
  if (stored.checksum === seal.checksum && stored.rows === seal.rows && stored.count === seal.count && Object.is(stored.sum, seal.sum)) return null;
  return {
    level: seal.level, bucket: seal.bucket, shard: seal.shard,
    sentence: `${seal.level} ${seal.bucket} (shard ${seal.shard}) holds ${figures(stored)} in ${stored.rows} rows, and was sealed with ${figures(seal)} in ${seal.rows}${isConserved(stored, seal, seal) ? '; another value of a row differs' : ''}`,
  };
}

/** What is wrong between a bucket and the ones below it; null where nothing is. */
export function levelsMismatch(seal: Seal, below: readonly Seal[]): Mismatch | null {
  const sums = below.reduce<Sums>((total, { sum, count }) => ({ sum: total.sum + sum, count: total.count + count }), { sum: 0, count: 0 });
  if (isConserved(sums, seal, seal)) return null;
  return {
    level: seal.level, bucket: seal.bucket, shard: seal.shard,
    sentence: `${seal.level} ${seal.bucket} (shard ${seal.shard}) holds ${figures(seal)}, and the ${below.length} buckets below it ${figures(sums)}`,
  };
}

/** For people: what is there. */
export function figures({ sum, count }: Sums): string {
  return `a sum of ${sum} over ${count} readings`;
}
