import { bucketsIn, spanOf, type Level, type Span } from './bucket-name.ts';

/** A part of the work of one level that one worker takes: some buckets, and some shards of each. */
export interface Range {
  readonly span: Span;
  /** Half-open. */
  readonly shards: readonly [number, number];
}

/** What a range is made for. */
export interface LevelWork {
  readonly level: Level;
  readonly span: Span;
  readonly shards: number;
  readonly timeZone: string;
}

/** Shards of buckets that one step looks at: a day of minutes at four shards is four steps; hours and days read all that is below them. */
const STEP_SHARDS: Readonly<Record<Level, number>> = { minute: 1440, hour: 32, day: 8 };
/** Ranges of one level at the most; they grow with what there is. */
const MOST_RANGES = 64;

/** The buckets that one step takes of a range with so many shards. */
export function bucketsPerStep(level: Level, shards: number): number {
  return Math.max(1, Math.floor(STEP_SHARDS[level] / shards));
}

/** Buckets that one job is given at the most: it takes ten seconds to begin, so they are many. */
const JOB_BUCKETS = 2880;
/** What it is told of: each shard of each bucket, with the builds below that it reads. They are held in its driver's memory. */
const JOB_ENTRIES = 200_000;
const BELOW: Readonly<Record<Level, number>> = { minute: 1, hour: 60, day: 25 };

/** The buckets that one job takes of so many shards. */
export function bucketsPerJob(level: Level, shards: number): number {
  return Math.max(1, Math.min(JOB_BUCKETS, Math.floor(JOB_ENTRIES / (shards * BELOW[level]))));
}

/** The span in ranges that no two of which share a bucket's shard; null where one step is enough for all. */
export function rangesOf({ level, span, shards, timeZone }: LevelWork): Range[] | null {
  const buckets = bucketsIn(level, span, timeZone);
  if (buckets.length * shards <= STEP_SHARDS[level]) return null;
  const groups = Math.ceil(shards / STEP_SHARDS[level]);
  const length = Math.max(bucketsPerStep(level, shards), Math.ceil(buckets.length / Math.floor(MOST_RANGES / groups)));
  return Array.from({ length: Math.ceil(buckets.length / length) }, (_, at) => {
    const part = buckets.slice(at * length, (at + 1) * length);
    const [first, last] = [part[0], part.at(-1)].map((bucket) => spanOf(bucket!, timeZone)) as [Span, Span]; // no part is empty
    return Array.from({ length: groups }, (__, group): Range => ({
      span: { from: first.from, to: last.to },
      shards: [Math.floor((group * shards) / groups), Math.floor(((group + 1) * shards) / groups)],
    }));
  }).flat();
}
