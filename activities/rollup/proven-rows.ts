import { Failure } from '../../src/domain/failure.ts';
import { rowsMismatch } from '../../src/domain/rollup/conservation.ts';
import { checksumOf, isPastKeeping, sumsOf, type Seal } from '../../src/domain/rollup/seal.ts';
import { secondsNow } from './kept.ts';
import type { BucketRow } from '../../src/domain/rollup/bucket-rows.ts';
import type { RowsKey } from '../../src/ports/rollup-store.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/**
 * The rows of a built bucket. What is not what it was sealed as is never built upon; what was built anew meanwhile is read again
 * by the next attempt. Fails with `rollup-gone` where they are gone by age: the seal says what they added up to.
 */
export async function provenRows(plugs: RollupPlugs, seal: Seal): Promise<BucketRow[]> {
  const rows = await rowsOf(plugs, seal);
  const mismatch = rowsMismatch({ ...sumsOf(rows), checksum: checksumOf(rows) }, seal);
  if (mismatch === null) return rows;
  const [now] = (await plugs.rollupStore.readSeals(seal.property, seal.level, [seal.bucket])).filter(({ shard }) => shard === seal.shard);
  if (now?.inputs !== seal.inputs) throw new Failure('busy', `${seal.level} ${seal.bucket} of "${seal.property}" was built anew while it was read`, { isFinal: false });
  if (isPastKeeping(seal, secondsNow())) {
    throw new Failure('rollup-gone', `${seal.level} ${seal.bucket} of "${seal.property}" is built, and its rows were kept until ${new Date(seal.keptUntil * 1000).toISOString().slice(0, 16)}Z: gone by age (retention of the rollup). Ask for a coarser level`);
  }
  throw new Failure('rollup-mismatch', `${mismatch.sentence}. Build it again: npx almanac rollup recompute ${seal.property} ${seal.level} ${seal.bucket}`);
}

/** All rows of a build: at most one for each member and platform of the shard. */
export async function rowsOf({ rollupStore }: RollupPlugs, key: RowsKey): Promise<BucketRow[]> {
  const rows: BucketRow[] = [];
  for await (const page of rollupStore.readRows(key)) rows.push(...page);
  return rows;
}
