import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketsIn, spanOf, type BucketName, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { atOnce } from './at-once.ts';
import { buildBucket, childrenOf, sealBucket } from './build-bucket.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

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

/** Buckets that one step looks at. */
const MOST_BUCKETS = 360;
/** What is small waits for the store, what is built from many buckets needs memory. */
const AT_ONCE: Readonly<Record<Level, number>> = { minute: 32, hour: 2, day: 1 };

/**
 * Builds every bucket of the span, from the property's first day on, that is not built, or whose inputs changed since, oldest first and up to a limit. The
 * minutes that are built move the property's own clock. What is done is done once: a retry finds it sealed.
 */
export const rollBuckets = (plugs: RollupPlugs) =>
  async ({ property, level, span, after, again }: RollRequest): Promise<Rolled> => {
    const { timeZone, firstDay } = plugs.rollupSettingsOf(property);
    const all = bucketsIn(level, { from: Math.max(span.from, spanOf(firstDay, timeZone).from), to: span.to }, timeZone);
    const from = after === null ? 0 : all.indexOf(after) + 1;
    const buckets = all.slice(from, from + MOST_BUCKETS);
    const forced = new Set(again);
    const done = { built: 0, revised: 0, read: 0 };
    const seals = await plugs.rollupStore.readSeals(property, level, buckets);
    const known = Map.groupBy(seals, ({ bucket }) => bucket);
    await atOnce(buckets, AT_ONCE[level], async (bucket) => {
      cancellationSignal().throwIfAborted();
      const { isBuilt, isRevised, read } = await rollBucket(plugs, { property, level, bucket }, known.get(bucket) ?? [], forced.has(bucket));
      done.built += isBuilt ? 1 : 0;
      done.revised += isRevised ? 1 : 0;
      done.read += read;
      heartbeat();
    });
    const last = buckets.at(-1);
    if (level === 'minute' && last !== undefined) await plugs.rollupStore.moveClosedUntil(property, spanOf(last, timeZone).to);
    return { ...done, after: last ?? null, isLast: from + buckets.length >= all.length };
  };

type Seals = Awaited<ReturnType<RollupPlugs['rollupStore']['readSeals']>>;

async function rollBucket(plugs: RollupPlugs, bucket: { property: string; level: Level; bucket: BucketName }, seals: Seals, isForced: boolean) {
  const { shards, timeZone } = plugs.rollupSettingsOf(bucket.property);
  const children = childrenOf(bucket.level, bucket.bucket, timeZone);
  const below = children === null ? [] : await plugs.rollupStore.readSeals(bucket.property, children.level, children.buckets);
  const built = (await atOnce(Array(shards).keys(), bucket.level === 'minute' ? shards : 1, async (shard) => {
    heartbeat();
    return buildBucket(plugs, { key: { ...bucket, shard }, before: seals.find((seal) => seal.shard === shard) ?? null, below, isForced });
  })).filter((one) => one !== null);
  await sealBucket(plugs, built);
  return {
    isBuilt: built.some(({ before }) => before === null),
    isRevised: built.some(({ seal, before }) => before !== null && seal.revision > before.revision),
    read: built.reduce((sum, { read }) => sum + read, 0),
  };
}
