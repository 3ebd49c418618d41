import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketsIn, spanOf, type BucketName, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { bucketsPerJob, bucketsPerStep, rangesOf, type Range } from '../../src/domain/rollup/ranges.ts';
import { atOnce } from './at-once.ts';
import { buildBucket, childrenOf, sealBucket, type WrittenRows } from './build-bucket.ts';
import { writeByJob, type Candidate } from './build-by-job.ts';
import { registering } from './register.ts';
import type { Seal } from '../../src/domain/rollup/seal.ts';
import type { BuildingPlugs, RollupPlugs } from './rollup-plugs.ts';

export interface RollRequest {
  readonly property: string;
  readonly level: Level;
  readonly span: Span;
  /** Those of a range; else all. */
  readonly shards?: Range['shards'];
  /** Goes on after this bucket; null: from the first. */
  readonly after: BucketName | null;
  /** Builds these again, whatever they were built from. */
  readonly again: readonly BucketName[];
}

export interface Rolled {
  /** Buckets that were built for the first time; where ranges share a bucket, the one of its first shard counts it. */
  readonly built: number;
  /** Buckets that got a new revision; where ranges share one, each of them. */
  readonly revised: number;
  /** Readings and rows that were read for them. */
  readonly read: number;
  /** The last bucket that was looked at. */
  readonly after: BucketName | null;
  readonly isLast: boolean;
  /** Whether series by member are kept as copies: asked after all was sealed, so that a copy that is begun later finds it. Absent: nobody asked. */
  readonly hasCopies?: boolean;
  /** More than one step should do: nothing was done, these are to be done, by any workers and in any order. */
  readonly ranges?: readonly Range[];
}

/** What is small waits for the store, what is built from many buckets needs memory. */
const AT_ONCE: Readonly<Record<Level, number>> = { minute: 32, hour: 2, day: 1 };

/**
 * Builds every bucket of the span, from the property's first day on, that is not built, or whose inputs changed since, oldest first and up to a limit. The
 * minutes that are built move the property's own clock. What is done is done once: a retry finds it sealed. A span that is too
 * long for one step, or has too many shards, is answered with ranges of it.
 */
export function rollBuckets(plugs: BuildingPlugs) {
  const register = registering(plugs);
  return async ({ property, level, span, shards: asked, after, again }: RollRequest): Promise<Rolled> => {
    await register(property);
    const { timeZone, firstDay, shards: ofAll, engine } = plugs.rollupSettingsOf(property);
    const due = { from: Math.max(span.from, spanOf(firstDay, timeZone).from), to: span.to };
    // Ranges are worked side by side, and each would be a job of its own.
    const hasJobs = engine.kind === 'spark';
    const ranges = hasJobs || asked || after !== null ? null : rangesOf({ level, span: due, shards: ofAll, timeZone });
    if (ranges) return { built: 0, revised: 0, read: 0, after: null, isLast: false, hasCopies: false, ranges };
    const shards = asked ?? [0, ofAll];
    const all = bucketsIn(level, due, timeZone);
    const from = after === null ? 0 : all.indexOf(after) + 1;
    const buckets = all.slice(from, from + (hasJobs ? bucketsPerJob : bucketsPerStep)(level, shards[1] - shards[0]));
    const forced = new Set(again);
    const done = { built: 0, revised: 0, read: 0 };
    const seals = await plugs.rollupStore.readSeals(property, level, buckets);
    const known = Map.groupBy(seals, ({ bucket }) => bucket);
    const written = await writtenByJob(plugs, { property, level, shards, buckets: buckets.filter((bucket) => !forced.has(bucket)) }, known);
    await atOnce(buckets, AT_ONCE[level], async (bucket) => {
      cancellationSignal().throwIfAborted();
      const { isBuilt, isRevised, read } = await rollBucket(plugs, { property, level, bucket }, shards, known.get(bucket) ?? [], forced.has(bucket), written);
      done.built += isBuilt ? 1 : 0;
      done.revised += isRevised ? 1 : 0;
      done.read += read;
      heartbeat();
    });
    const last = buckets.at(-1);
    if (level === 'minute' && last !== undefined) await plugs.rollupStore.moveClosedUntil(property, spanOf(last, timeZone).to);
    const hasCopies = (await plugs.seriesStore.listCopies(property)).length > 0;
    return { ...done, after: last ?? null, isLast: from + buckets.length >= all.length, hasCopies };
  };
}

/** What a job has written of these buckets, where a job has. What the worker builds itself is not looked at twice. */
async function writtenByJob(plugs: BuildingPlugs, { property, level, shards: [first, next], buckets }: { property: string; level: Level; shards: Range['shards']; buckets: readonly BucketName[] }, known: ReadonlyMap<BucketName, readonly Seal[]>): Promise<WrittenRows | null> {
  const { engine } = plugs.rollupSettingsOf(property);
  if (engine.kind !== 'spark' || buckets.length < engine.leastBuckets) return null;
  const candidates: Candidate[] = [];
  for (const bucket of buckets) {
    const below = await sealsBelow(plugs, { property, level, bucket });
    for (let shard = first; shard < next; shard += 1) candidates.push({ bucket, shard, before: known.get(bucket)?.find((seal) => seal.shard === shard) ?? null, below });
    heartbeat();
  }
  return writeByJob(plugs, { property, level, candidates });
}

/** Its shards are sealed together; those of another range have a seal each of their own, so neither waits for the other. */
async function rollBucket(plugs: RollupPlugs, bucket: { property: string; level: Level; bucket: BucketName }, [first, next]: Range['shards'], seals: readonly Seal[], isForced: boolean, written: WrittenRows | null) {
  const shards = Array.from({ length: next - first }, (_, at) => first + at);
  const below = await sealsBelow(plugs, bucket);
  const built = (await atOnce(shards, bucket.level === 'minute' ? shards.length : 1, async (shard) => {
    heartbeat();
    return buildBucket(plugs, { key: { ...bucket, shard }, before: seals.find((seal) => seal.shard === shard) ?? null, below, isForced, written });
  })).filter((one) => one !== null);
  await sealBucket(plugs, built);
  return {
    isBuilt: built.some(({ seal, before }) => before === null && (first === 0 || seal.shard === 0)),
    isRevised: built.some(({ seal, before }) => before !== null && seal.revision > before.revision),
    read: built.reduce((sum, { read }) => sum + read, 0),
  };
}

async function sealsBelow({ rollupStore, rollupSettingsOf }: RollupPlugs, { property, level, bucket }: { property: string; level: Level; bucket: BucketName }): Promise<readonly Seal[]> {
  const children = childrenOf(level, bucket, rollupSettingsOf(property).timeZone);
  return children === null ? [] : rollupStore.readSeals(property, children.level, children.buckets);
}
