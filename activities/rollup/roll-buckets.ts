import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketsIn, spanOf, type BucketName, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { atOnce } from './at-once.ts';
import { buildBucket, childrenOf, sealBucket, type WrittenRows } from './build-bucket.ts';
import { writeByJob, type Candidate } from './build-by-job.ts';
import type { Seal } from '../../src/domain/rollup/seal.ts';
import type { BuildingPlugs, RollupPlugs } from './rollup-plugs.ts';

export interface RollRequest {
  readonly property: string;
  readonly level: Level;
  readonly span: Span;
  /** Goes on after this bucket; null: from the first. */
  readonly after: BucketName | null;
  /** Builds these again, whatever they were built from. */
  readonly again: readonly BucketName[];
}

export interface Rolled {
  /** Buckets that were built for the first time. */
  readonly built: number;
  /** Buckets that got a new revision. */
  readonly revised: number;
  /** Readings and rows that were read for them. */
  readonly read: number;
  /** The last bucket that was looked at. */
  readonly after: BucketName | null;
  readonly isLast: boolean;
}

/** Buckets that one step looks at. A job takes ten seconds to begin, so it is given more. */
const MOST_BUCKETS = { worker: 360, spark: 2880 } as const;
/** What is small waits for the store, what is built from many buckets needs memory. */
const AT_ONCE: Readonly<Record<Level, number>> = { minute: 32, hour: 2, day: 1 };

/**
 * Builds every bucket of the span, from the property's first day on, that is not built, or whose inputs changed since, oldest first and up to a limit. The
 * minutes that are built move the property's own clock. What is done is done once: a retry finds it sealed.
 */
export const rollBuckets = (plugs: BuildingPlugs) =>
  async ({ property, level, span, after, again }: RollRequest): Promise<Rolled> => {
    const { timeZone, firstDay, engine } = plugs.rollupSettingsOf(property);
    const all = bucketsIn(level, { from: Math.max(span.from, spanOf(firstDay, timeZone).from), to: span.to }, timeZone);
    const from = after === null ? 0 : all.indexOf(after) + 1;
    const buckets = all.slice(from, from + MOST_BUCKETS[engine.kind]);
    const forced = new Set(again);
    const done = { built: 0, revised: 0, read: 0 };
    const seals = await plugs.rollupStore.readSeals(property, level, buckets);
    const known = Map.groupBy(seals, ({ bucket }) => bucket);
    const written = await writtenByJob(plugs, { property, level, buckets: buckets.filter((bucket) => !forced.has(bucket)) }, known);
    await atOnce(buckets, AT_ONCE[level], async (bucket) => {
      cancellationSignal().throwIfAborted();
      const { isBuilt, isRevised, read } = await rollBucket(plugs, { property, level, bucket }, known.get(bucket) ?? [], forced.has(bucket), written);
      done.built += isBuilt ? 1 : 0;
      done.revised += isRevised ? 1 : 0;
      done.read += read;
      heartbeat();
    });
    const last = buckets.at(-1);
    if (level === 'minute' && last !== undefined) await plugs.rollupStore.moveClosedUntil(property, spanOf(last, timeZone).to);
    return { ...done, after: last ?? null, isLast: from + buckets.length >= all.length };
  };

/** What a job has written of these buckets, where a job has. What the worker builds itself is not looked at twice. */
async function writtenByJob(plugs: BuildingPlugs, { property, level, buckets }: { property: string; level: Level; buckets: readonly BucketName[] }, known: ReadonlyMap<BucketName, readonly Seal[]>): Promise<WrittenRows | null> {
  const { shards, engine } = plugs.rollupSettingsOf(property);
  if (engine.kind !== 'spark' || buckets.length < engine.leastBuckets) return null;
  const candidates: Candidate[] = [];
  for (const bucket of buckets) {
    const below = await sealsBelow(plugs, { property, level, bucket });
    for (let shard = 0; shard < shards; shard += 1) candidates.push({ bucket, shard, before: known.get(bucket)?.find((seal) => seal.shard === shard) ?? null, below });
    heartbeat();
  }
  return writeByJob(plugs, { property, level, candidates });
}

async function rollBucket(plugs: RollupPlugs, bucket: { property: string; level: Level; bucket: BucketName }, seals: readonly Seal[], isForced: boolean, written: WrittenRows | null) {
  const { shards } = plugs.rollupSettingsOf(bucket.property);
  const below = await sealsBelow(plugs, bucket);
  const built = (await atOnce(Array(shards).keys(), bucket.level === 'minute' ? shards : 1, async (shard) => {
    heartbeat();
    return buildBucket(plugs, { key: { ...bucket, shard }, before: seals.find((seal) => seal.shard === shard) ?? null, below, isForced, written });
  })).filter((one) => one !== null);
  await sealBucket(plugs, built);
  return {
    isBuilt: built.some(({ before }) => before === null),
    isRevised: built.some(({ seal, before }) => before !== null && seal.revision > before.revision),
    read: built.reduce((sum, { read }) => sum + read, 0),
  };
}

async function sealsBelow({ rollupStore, rollupSettingsOf }: RollupPlugs, { property, level, bucket }: { property: string; level: Level; bucket: BucketName }): Promise<readonly Seal[]> {
  const children = childrenOf(level, bucket, rollupSettingsOf(property).timeZone);
  return children === null ? [] : rollupStore.readSeals(property, children.level, children.buckets);
}
