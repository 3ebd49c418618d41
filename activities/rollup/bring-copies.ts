import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { spanOf, type BucketName, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { isPastKeeping, type Seal } from '../../src/domain/rollup/seal.ts';
import { markOf, NOTHING_COPIED, withRow } from '../../src/domain/rollup/series-copy.ts';
import { atOnce } from './at-once.ts';
import { provenRows } from './proven-rows.ts';
import { secondsNow, timeToLive } from './kept.ts';
import type { CopiedBucket } from '../../src/ports/series-store.ts';
import type { Plugs } from '../plugs.ts';

/** What copying by member needs of the world. */
export type CopyPlugs = Pick<Plugs, 'rollupSettingsOf' | 'rollupStore' | 'seriesStore'>;

export interface Brought {
  /** Shards of buckets that were not in a copy, or as they were before. */
  readonly copied: number;
  /** Rows that were read for them. */
  readonly read: number;
}

/** Rows that are held at once. */
const MOST_ROWS = 20_000;
const AT_ONCE = 16;

/** Brings copies to what some buckets are sealed as, reading only those that differ. What is gone by age, or does not add up, is left out. */
export async function bringCopies(plugs: CopyPlugs, { property, level, buckets, copies }: { property: string; level: Level; buckets: readonly BucketName[]; copies: readonly number[] }): Promise<Brought> {
  const { rollupStore, seriesStore, rollupSettingsOf } = plugs;
  const { timeZone } = rollupSettingsOf(property);
  const starts = new Map(buckets.map((bucket) => [bucket, spanOf(bucket, timeZone).from]));
  const startOf = ({ bucket }: Seal): number => starts.get(bucket) ?? spanOf(bucket, timeZone).from;
  const [first, last] = [buckets[0], buckets.at(-1)].map((bucket) => (bucket === undefined ? 0 : spanOf(bucket, timeZone).from)) as [number, number];
  const marks = await Promise.all(copies.map((copy) => seriesStore.readMarks({ property, copy }, level, { from: first, to: last + 1 })));
  const behind = (await rollupStore.readSeals(property, level, buckets)).filter((seal) =>
    !isPastKeeping(seal, secondsNow()) && marks.some((of) => of.get(markOf(startOf(seal), seal.shard))?.checksum !== seal.checksum));
  const brought = { copied: 0, read: 0 };
  for (const group of groupsOf(behind)) {
    cancellationSignal().throwIfAborted();
    const found = (await atOnce(group, AT_ONCE, (seal) => bucketOf(plugs, seal, startOf(seal)))).filter((bucket) => bucket !== null);
    for (const copy of copies) await seriesStore.writeBuckets({ property, copy }, found);
    brought.copied += found.length;
    brought.read += found.reduce((sum, { rows }) => sum + rows.length, 0);
    heartbeat();
  }
  return brought;
}

function* groupsOf(seals: readonly Seal[]): Generator<Seal[]> {
  let group: Seal[] = [];
  let rows = 0;
  for (const seal of seals) {
    if (group.length > 0 && rows + seal.rows > MOST_ROWS) {
      yield group;
      [group, rows] = [[], 0];
    }
    group.push(seal);
    rows += seal.rows;
  }
  if (group.length > 0) yield group;
}

/** Null where its rows cannot be had: what names them is their own check, and the verification of the copy. */
async function bucketOf(plugs: CopyPlugs, seal: Seal, start: number): Promise<CopiedBucket | null> {
  heartbeat();
  try {
    const rows = seal.rows === 0 ? [] : await provenRows(plugs, seal);
    const { digest } = rows.reduce(withRow, NOTHING_COPIED);
    return { seal, start, rows, digest, keepSeconds: seal.keptUntil === 0 ? 0 : timeToLive(Math.max(1, seal.keptUntil - secondsNow())) };
  } catch (error) {
    if (error instanceof Failure && (error.code === 'rollup-gone' || error.code === 'rollup-mismatch')) return null;
    throw error;
  }
}
