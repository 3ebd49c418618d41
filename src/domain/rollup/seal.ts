import { hashText } from '../hash.ts';
import { totalsOf, type Expected } from './total.ts';
import type { Semantics } from './bucket.ts';
import type { BucketName, Level, Second } from './bucket-name.ts';
import type { BucketRow } from './bucket-rows.ts';

/** What one shard of a bucket adds up to. Equal rows have equal content. */
export interface Content {
  readonly rows: number;
  readonly members: number;
  /** Members of whom a platform, or some minutes of one, are missing. */
  readonly partial: number;
  readonly sum: number;
  readonly count: number;
  /** At least the sum of the absolute values of the readings: how far rounding may reach. */
  readonly magnitude: number;
  /** Of every value of every row. */
  readonly checksum: string;
}

export interface BucketKey {
  readonly property: string;
  readonly level: Level;
  readonly bucket: BucketName;
  readonly shard: number;
}

/** A bucket (one shard of it) that is built. Its rows lie under the inputs that they were built from and never change. */
export interface Seal extends BucketKey, Content {
  readonly inputs: string;
  /** Grows when the content does; the same content from other inputs is the same revision. */
  readonly revision: number;
  /** Its rows are there at least until then, by the clock on the wall; 0: for good. The seal stays. */
  readonly keptUntil: Second;
  /** Inputs whose rows these took the place of; '' where there were none. */
  readonly overtaken: string;
}

/** Inputs of a minute that nothing was read into. */
export const noInputs = 'none';

/** The content of the rows of a bucket, sorted by member and platform. */
export function contentOf(rows: readonly BucketRow[], bucket: BucketName, expected: Expected): Content {
  const totals = totalsOf(rows, bucket, expected);
  return {
    ...sumsOf(rows), members: totals.length, partial: totals.filter(({ isComplete }) => !isComplete).length,
    checksum: checksumOf(rows),
  };
}

/** What a bucket one level up is built from: the content of those below, oldest first, and what a mean is. Null while one of them is not built. */
export function inputsOf(buckets: readonly BucketName[], semantics: Semantics, sealOf: (bucket: BucketName) => Pick<Seal, 'checksum'> | undefined): string | null {
  // `exact` is not named, so that what was built before there was a choice stays as it is.
  const parts: string[] = semantics === 'exact' ? [] : [semantics];
  for (const bucket of buckets) {
    const seal = sealOf(bucket);
    if (!seal) return null;
    parts.push(`${bucket} ${seal.checksum}`);
  }
  return hashText(parts.join('\n')).slice(0, 32);
}

/** The seal that rows built from these inputs get, beside the one that is there. */
export function nextSeal(key: BucketKey, inputs: string, content: Content, before: Seal | null, keptUntil: Second = 0): Seal {
  const revision = before === null ? 1 : before.checksum === content.checksum ? before.revision : before.revision + 1;
  const overtaken = before === null ? '' : before.inputs === inputs ? before.overtaken : before.inputs;
  return { ...key, inputs, ...content, revision, keptUntil, overtaken };
}

/** May rows of the bucket be missing because of their age? */
export function isPastKeeping({ keptUntil }: Pick<Seal, 'keptUntil'>, now: Second): boolean {
  return keptUntil > 0 && keptUntil <= now;
}

export function checksumOf(rows: readonly BucketRow[]): string {
  return hashText(rows.map(rowText).join('\n')).slice(0, 32);
}

/** Every value of a row, in one line. */
export function rowText({ member, platform, sum, count, min, max, first, last, mean, minutes }: BucketRow): string {
  return JSON.stringify([member, platform, sum, count, min, max, first, last, mean, minutes]);
}

export function sumsOf(rows: readonly BucketRow[]): Pick<Content, 'rows' | 'sum' | 'count' | 'magnitude'> {
  let [sum, count, magnitude] = [0, 0, 0];
  for (const row of rows) {
    sum += row.sum;
    count += row.count;
    magnitude += row.count * Math.max(Math.abs(row.min), Math.abs(row.max));
  }
  return { rows: rows.length, sum, count, magnitude };
}
