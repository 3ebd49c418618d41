import { Failure } from '../../src/domain/failure.ts';
import { bucketsIn, levelBelow, spanOf, type BucketName, type Level, type Second } from '../../src/domain/rollup/bucket-name.ts';
import { rowsOfBuckets, rowsOfReadings, type BucketRow } from '../../src/domain/rollup/bucket-rows.ts';
import { levelsMismatch } from '../../src/domain/rollup/conservation.ts';
import { lookBackSeconds, noteSeconds } from '../../src/domain/rollup/lateness.ts';
import { contentOf, inputsOf, nextSeal, noInputs, sumsOf, type BucketKey, type Seal } from '../../src/domain/rollup/seal.ts';
import { atOnce } from './at-once.ts';
import { keepSecondsOf, keptUntil, secondsNow, timeToLive } from './kept.ts';
import { provenRows, rowsOf } from './proven-rows.ts';
import type { RowsKey, SealChange } from '../../src/ports/rollup-store.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/** Buckets below that are read, and held, at a time. */
const PARTS_AT_ONCE = 8;

/** One shard of a bucket, whose rows are written and wait for their seal. */
export interface Built extends SealChange {
  /** Readings, or rows of the level below, that were read. */
  readonly read: number;
}

/** The figures of rows that a job has written under these inputs, or null where it has written none. */
export type WrittenRows = (key: BucketKey, inputs: string) => { readonly rows: number; readonly count: number; readonly read: number; readonly begunSecond: Second } | null;

interface Question {
  readonly key: BucketKey;
  readonly before: Seal | null;
  /** Those below, where the level has one. */
  readonly below: readonly Seal[];
  /** Builds although nothing below has changed, over what is stored. */
  readonly isForced: boolean;
  /** Null where no job has written anything. */
  readonly written: WrittenRows | null;
}

/**
 * Builds one shard of a bucket where its inputs are not those that it was built from; else null. Rows go under the inputs and
 * a seal points at them: a reader sees one build or the other, and an attempt that was overtaken changes nothing. A built one
 * that cannot be built again, because what it was built from is gone by age, stays as it is.
 */
export async function buildBucket(plugs: RollupPlugs, { key, before, below, isForced, written }: Question): Promise<Built | null> {
  const { rollupStore, rollupSettingsOf } = plugs;
  const settings = rollupSettingsOf(key.property);
  if (before !== null && before.overtaken !== '') await rollupStore.dropRows({ ...before, inputs: before.overtaken });
  const inputs = await inputsNow(plugs, key, below);
  // A built minute whose readings are gone by age is not empty.
  const isGone = before !== null && inputs === noInputs;
  if (isGone || (before?.inputs === inputs && !isForced)) return null;
  const byJob = isForced ? null : (written?.(key, inputs) ?? null);
  const made = await (byJob === null ? fromBelow(plugs, key, inputs, below) : readBack(plugs, { ...key, inputs }, below, byJob)).catch((error: unknown) => {
    if (before !== null && error instanceof Failure && error.code === 'rollup-gone') return null;
    throw error;
  });
  if (made === null) return null;
  const { rows, read } = made;
  const content = contentOf(rows, key.bucket, settings);
  // Readings are never taken back: where there are fewer some are gone by age, and what was built of all of them stays. The same rows
  // as were sealed are no fewer: then it is the seal that says too much.
  if (before !== null && content.count < before.count && content.checksum !== before.checksum) return null;
  const keepSeconds = keepSecondsOf(key.level, settings.retention);
  const seal = nextSeal(key, inputs, content, before, keptUntil(keepSeconds, byJob?.begunSecond ?? secondsNow()));
  if (byJob === null) {
    if (isForced) await rollupStore.dropRows(seal);
    await rollupStore.writeRows(seal, rows, timeToLive(keepSeconds));
  }
  return { seal, before, read };
}

/** The rows that a job has written, proven: they are those that it says, and none of what is below them is missing or double. */
async function readBack(plugs: RollupPlugs, key: RowsKey, below: readonly Seal[], wanted: { rows: number; count: number; read: number }): Promise<{ rows: BucketRow[]; read: number }> {
  const rows = await rowsOf(plugs, key);
  const { sum, count, magnitude } = sumsOf(rows);
  const where = `${key.level} ${key.bucket} (shard ${key.shard}) of "${key.property}"`;
  if (rows.length !== wanted.rows || count !== wanted.count) throw new Failure('rollup-mismatch', `the job wrote ${wanted.rows} rows over ${wanted.count} readings as ${where}, and ${rows.length} over ${count} are there`, { isFinal: false });
  if (key.level === 'minute') {
    if ((await inputsNow(plugs, key, below)) !== key.inputs) throw new Failure('busy', `readings of ${where} came in while it was built`, { isFinal: false });
    return { rows, read: wanted.read };
  }
  const mismatch = levelsMismatch({ ...key, ...contentOf(rows, key.bucket, plugs.rollupSettingsOf(key.property)), sum, count, magnitude, revision: 0, keptUntil: 0, overtaken: '' }, below.filter(({ shard }) => shard === key.shard));
  if (mismatch) throw new Failure('rollup-mismatch', `${mismatch.sentence}; the job's rows are not sealed`, { isFinal: false });
  return { rows, read: wanted.read };
}

/** Seals what was built of one bucket, and drops the rows of before. Where somebody else was faster the next attempt looks again. */
export async function sealBucket(plugs: RollupPlugs, built: readonly Built[]): Promise<void> {
  const { rollupStore } = plugs;
  const [first] = built;
  if (!first) return;
  const { level, bucket, property } = first.seal;
  if (!(await rollupStore.seal(built.map(({ seal, before }) => ({ seal, before }))))) {
    await dropRefused(rollupStore, built);
    throw new Failure('busy', `${level} ${bucket} of "${property}" was built by somebody else meanwhile`, { isFinal: false });
  }
  await atOnce(built, PARTS_AT_ONCE, (one) => noteOvertaken(plugs, one));
  for (const { seal, before } of built) if (before !== null && before.inputs !== seal.inputs) await rollupStore.dropRows(before);
}

/**
 * A reading that was written after the last look at its minute and before the first seal came in time for its sender, who found no
 * seal and noted nothing. Who sealed finds it: either the sender sees the seal or this sees the reading. Whoever opens a sealed minute notes it first.
 */
async function noteOvertaken({ rollupStore, rollupSettingsOf }: RollupPlugs, { seal: { property, level, bucket, shard, inputs }, before }: Built): Promise<void> {
  if (level !== 'minute' || before !== null) return;
  const key = { property, minute: bucket, shard };
  if ((await rollupStore.readInputs(key)) === inputs) return;
  const { allowedLatenessHours, retention } = rollupSettingsOf(property);
  await rollupStore.noteLate(key, noteSeconds(allowedLatenessHours));
  // No stroke looks so far back: the next attempt builds it again.
  const closedUntil = await rollupStore.readClosedUntil(property);
  if (closedUntil === null || closedUntil - lookBackSeconds(allowedLatenessHours, retention.readingDays) > spanOf(bucket, 'UTC').from) {
    throw new Failure('busy', `readings of minute ${bucket} of "${property}" came in while it was sealed`, { isFinal: false });
  }
}

/** Rows that nobody will seal: the seal has moved on to others since, and inputs never come back. */
async function dropRefused(rollupStore: RollupPlugs['rollupStore'], built: readonly Built[]): Promise<void> {
  for (const { seal, before } of built) {
    const held = (await rollupStore.readSeals(seal.property, seal.level, [seal.bucket])).find(({ shard }) => shard === seal.shard);
    if (held && held.inputs !== seal.inputs && held.inputs !== before?.inputs) await rollupStore.dropRows(seal);
  }
}

/** The buckets of the level below that a bucket is made of; none below minutes. */
export function childrenOf(level: Level, bucket: BucketName, timeZone: string): { readonly level: Level; readonly buckets: readonly BucketName[] } | null {
  const below = levelBelow(level);
  return below === null ? null : { level: below, buckets: bucketsIn(below, spanOf(bucket, timeZone), timeZone) };
}

/** The inputs that a bucket would be built from now. Fails with `rollup-gap` where one below it is not built. */
export async function inputsNow({ rollupStore, rollupSettingsOf }: RollupPlugs, key: BucketKey, below: readonly Seal[]): Promise<string> {
  const { timeZone, semantics } = rollupSettingsOf(key.property);
  const children = childrenOf(key.level, key.bucket, timeZone);
  if (children === null) return rollupStore.readInputs({ property: key.property, minute: key.bucket, shard: key.shard });
  const seals = new Map(below.filter(({ shard }) => shard === key.shard).map((seal) => [seal.bucket, seal]));
  const inputs = inputsOf(children.buckets, semantics, (bucket) => seals.get(bucket));
  if (inputs !== null) return inputs;
  const gap = children.buckets.find((bucket) => !seals.has(bucket));
  throw new Failure('rollup-gap', `${key.level} ${key.bucket} of "${key.property}" cannot be built: ${children.level} ${gap} is not. Build all of them: npx almanac rollup recompute ${key.property} ${children.level} ${key.bucket}`);
}

function fromBelow(plugs: RollupPlugs, key: BucketKey, inputs: string, below: readonly Seal[]): Promise<{ rows: BucketRow[]; read: number }> {
  return key.level === 'minute' ? fromReadings(plugs, key, inputs) : fromBuckets(plugs, key, below);
}

/** Exactly the readings of these inputs: two attempts that build from the same inputs write the same rows. */
async function fromReadings({ rollupStore }: RollupPlugs, { property, bucket, shard }: BucketKey, inputs: string): Promise<{ rows: BucketRow[]; read: number }> {
  if (inputs === noInputs) return { rows: [], read: 0 };
  const key = { property, minute: bucket, shard };
  const collected = rowsOfReadings();
  let read = 0;
  for await (const readings of rollupStore.readReadings(key)) {
    collected.add(readings);
    read += readings.values.length;
  }
  if ((await rollupStore.readInputs(key)) !== inputs) throw new Failure('busy', `readings of minute ${bucket} of "${property}" came in while it was built`, { isFinal: false });
  return { rows: collected.rows(), read };
}

async function fromBuckets(plugs: RollupPlugs, { property, shard }: BucketKey, below: readonly Seal[]): Promise<{ rows: BucketRow[]; read: number }> {
  const collected = rowsOfBuckets(plugs.rollupSettingsOf(property).semantics);
  let read = 0;
  const parts = below.filter((seal) => seal.shard === shard && seal.rows > 0);
  for (let at = 0; at < parts.length; at += PARTS_AT_ONCE) {
    for (const rows of await atOnce(parts.slice(at, at + PARTS_AT_ONCE), PARTS_AT_ONCE, (seal) => provenRows(plugs, seal))) {
      collected.add(rows);
      read += rows.length;
    }
  }
  return { rows: collected.rows(), read };
}
