import { hashText } from '../hash.ts';
import { secondName, type Level, type Second, type Span } from './bucket-name.ts';
import { figures, isConserved, type Mismatch } from './conservation.ts';
import { rowText, type Content, type Seal } from './seal.ts';
import type { BucketRow } from './bucket-rows.ts';

/** What of a member lies together in a copy by member: a UTC day of minutes, a month of hours, a year of days. */
export type Period = string;

/** Says that a shard of a bucket is in a copy, as it was sealed. */
export interface CopyMark {
  readonly checksum: string;
  /** Of its rows, in any order. */
  readonly digest: number;
}

/** Where the mark of a shard of a bucket is found. */
export const markOf = (start: Second, shard: number): string => `${start}/${shard}`;

/** What a copy holds of one shard of a bucket, added up in any order. */
export interface Copied extends Pick<Content, 'rows' | 'sum' | 'count'> {
  readonly digest: number;
}

export const NOTHING_COPIED: Copied = { rows: 0, sum: 0, count: 0, digest: 0 };

const LETTERS: Readonly<Record<Level, number>> = { minute: 10, hour: 7, day: 4 };
const DAY_SECONDS = 86_400;
/** Sums of two stay exact in a double. */
const DIGEST_HEX = 12;
const DIGEST_LIMIT = 16 ** DIGEST_HEX;

/** The period of a bucket that begins at this second. */
export function periodAt(level: Level, start: Second): Period {
  return secondName(start).slice(0, LETTERS[level]);
}

/** The periods that a span touches, oldest first. */
export function periodsIn(level: Level, { from, to }: Span): Period[] {
  if (from >= to) return [];
  const periods = new Set<Period>();
  for (let at = from; at < to; at += DAY_SECONDS) periods.add(periodAt(level, at));
  return [...periods.add(periodAt(level, to - 1))];
}

/** The span in which the buckets of a period begin. */
export function periodSpan(period: Period): Span {
  const [year = 0, month = 1, day = 1] = period.split('-').map(Number);
  const [years, months, days] = [period.length === LETTERS.day, period.length === LETTERS.hour, period.length === LETTERS.minute].map(Number) as [number, number, number];
  return { from: Date.UTC(year, month - 1, day) / 1000, to: Date.UTC(year + years, month - 1 + months, day + days) / 1000 };
}

/** One row more. */
export function withRow({ rows, sum, count, digest }: Copied, row: BucketRow): Copied {
  return { rows: rows + 1, sum: sum + row.sum, count: count + row.count, digest: (digest + Number.parseInt(hashText(rowText(row)).slice(0, DIGEST_HEX), 16)) % DIGEST_LIMIT };
}

/** What is wrong between a bucket as it was sealed and what a copy holds of it; null where nothing is. */
export function copyMismatch(copy: number, seal: Seal, mark: CopyMark | undefined, copied: Copied): Mismatch | null {
  const { level, bucket, shard } = seal;
  const where = `${level} ${bucket} (shard ${shard})`;
  if (mark?.checksum !== seal.checksum) return { level, bucket, shard, sentence: `${where} is ${mark ? 'of an earlier build' : 'not'} in copy ${copy}` };
  const areSums = copied.rows === seal.rows && isConserved(copied, seal, seal);
  if (areSums && copied.digest === mark.digest) return null;
  return { level, bucket, shard, sentence: `${where} holds ${figures(copied)} in ${copied.rows} rows of copy ${copy}, and was sealed with ${figures(seal)} in ${seal.rows}${areSums ? '; another value of a row differs' : ''}` };
}
