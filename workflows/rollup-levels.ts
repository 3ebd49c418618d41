import { ApplicationFailure, patched } from '@temporalio/workflow';
import type { CopiedSpan } from '../activities/rollup/copy-buckets.ts';
import type { Rolled, RollRequest } from '../activities/rollup/roll-buckets.ts';
import { LEVELS, type BucketName, type Level, type Span, type SpansByLevel } from '../src/domain/rollup/bucket-name.ts';
import type { Mismatch } from '../src/domain/rollup/conservation.ts';
import { bulk, spread, telling } from './steps.ts';
import { inWaves } from './waves.ts';

/** What a chain of steps came to. */
export interface RollupFigures {
  /** Buckets by level: built for the first time, and built again with other content. */
  readonly built: Readonly<Record<Level, number>>;
  readonly revised: Readonly<Record<Level, number>>;
  /** Readings and rows that were read to build them. */
  readonly read: number;
  /** What did not add up, and was built again. */
  readonly mismatches: readonly Mismatch[];
}

export const NOTHING_ROLLED: RollupFigures = { built: { minute: 0, hour: 0, day: 0 }, revised: { minute: 0, hour: 0, day: 0 }, read: 0, mismatches: [] };

/** Closes spans of buckets: each level is built, adds up and is in the copies by member before the next begins. */
export async function closeSpans(property: string, spans: SpansByLevel, figures: RollupFigures): Promise<RollupFigures> {
  let sum = figures;
  for (const level of LEVELS) {
    for (const span of spans[level]) {
      sum = await rollLevel(property, level, span, sum);
      sum = await conserveLevel(property, level, span, sum);
      await copyLevel(property, level, span);
    }
  }
  return sum;
}

/** Ranges of a level that are worked at a time, by as many workers as there are. */
const RANGES_AT_ONCE = 8;
/** What does not add up, of all ranges together. */
const MOST_NAMED = 500;

/** Builds a minute and brings the copies by member to it; where there are none it is one step, because it comes every minute. */
export async function closeMinute(property: string, span: Span): Promise<RollupFigures> {
  const rolled = await rollParts(property, 'minute', span);
  if (rolled.some(({ hasCopies }) => hasCopies !== false)) await copyLevel(property, 'minute', span);
  return sumOf('minute', rolled, NOTHING_ROLLED);
}

/** Builds all of a level in the span that is not built, or not from what is there now. */
export async function rollLevel(property: string, level: Level, span: Span, figures: RollupFigures, again: readonly BucketName[] = []): Promise<RollupFigures> {
  return sumOf(level, await rollParts(property, level, span, again), figures);
}

/** In one step where that is enough, else in ranges. */
async function rollParts(property: string, level: Level, span: Span, again: readonly BucketName[] = []): Promise<Rolled[]> {
  const first = await bulk(`each ${level}`).rollBuckets({ property, level, span, after: null, again });
  const rest = first.ranges
    ? (await inWaves(first.ranges, RANGES_AT_ONCE, (range) => rollRest(spread, { property, level, ...range, after: null, again }))).flat()
    : first.isLast ? [] : await rollRest(bulk, { property, level, span, after: first.after, again });
  return [first, ...rest];
}

/** Step after step until the last. */
async function rollRest(steps: typeof bulk, request: RollRequest): Promise<Rolled[]> {
  const all: Rolled[] = [];
  let rolled: Rolled;
  do {
    rolled = await steps(`each ${request.level}`).rollBuckets({ ...request, after: all.at(-1)?.after ?? request.after });
    all.push(rolled);
  } while (!rolled.isLast);
  return all;
}

function sumOf(level: Level, parts: readonly Rolled[], figures: RollupFigures): RollupFigures {
  return parts.reduce((sum, rolled) => ({ ...sum, built: added(sum.built, level, rolled.built), revised: added(sum.revised, level, rolled.revised), read: sum.read + rolled.read }), figures);
}

/** Brings the copies by member that are read to what is built. */
async function copyLevel(property: string, level: Level, span: Span): Promise<void> {
  if (patched('copies-by-member')) await copySpan(property, level, span, null);
}

/** One copy, or all that are read or will be. */
export async function copySpan(property: string, level: Level, span: Span, copy: number | null): Promise<void> {
  let copied: CopiedSpan | undefined;
  do {
    copied = await bulk(`copies of each ${level}`).copyBuckets({ property, level, span, copy, from: copied?.next ?? null });
  } while (copied.next !== null);
}

/** Checks that a level adds up. What does not is named, told and built again; where that does not help, nothing after it starts. */
async function conserveLevel(property: string, level: Level, span: Span, figures: RollupFigures): Promise<RollupFigures> {
  const mismatches = await mismatchesOf(property, level, span, `does each ${level} add up?`);
  if (mismatches.length === 0) return figures;
  await tell(property, mismatches);
  const sum = await rollLevel(property, level, span, { ...figures, mismatches: [...figures.mismatches, ...mismatches] }, mismatches.map(({ bucket }) => bucket));
  const [left] = await mismatchesOf(property, level, span, 'and now?');
  if (left) throw ApplicationFailure.nonRetryable(`${left.sentence}; building it again did not help, so nothing is built upon it`, 'rollup-mismatch');
  return sum;
}

async function mismatchesOf(property: string, level: Level, span: Span, question: string): Promise<Mismatch[]> {
  const { mismatches, ranges = [] } = await bulk(question).checkBuckets({ property, level, span });
  const ofRanges = await inWaves(ranges, RANGES_AT_ONCE, (range) => spread(question).checkBuckets({ property, level, ...range }));
  return [mismatches, ...ofRanges.map((checked) => checked.mismatches)].flat().slice(0, MOST_NAMED);
}

/** Worth a few tries; what is wrong is mended whether or not anybody could be told. */
async function tell(property: string, mismatches: readonly Mismatch[]): Promise<void> {
  const [first] = mismatches;
  if (!first) return;
  const sentence = `${first.sentence}${mismatches.length > 1 ? `, and ${mismatches.length - 1} more` : ''}; built again`;
  await telling('what did not add up').notifyPeople({ kind: 'rollup-mismatch', property, week: first.bucket, sentence }).catch(() => undefined);
}

function added(counts: Readonly<Record<Level, number>>, level: Level, more: number): Record<Level, number> {
  return { ...counts, [level]: counts[level] + more };
}
