import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketsIn, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { levelsMismatch, rowsMismatch, type Mismatch } from '../../src/domain/rollup/conservation.ts';
import { checksumOf, inputsOf, isPastKeeping, sumsOf, type Seal } from '../../src/domain/rollup/seal.ts';
import { rangesOf, type Range } from '../../src/domain/rollup/ranges.ts';
import { atOnce } from './at-once.ts';
import { childrenOf } from './build-bucket.ts';
import { rowsOf } from './proven-rows.ts';
import { secondsNow } from './kept.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/** Mismatches that one answer names: what it does not name is not built again. All shards of all minutes of an hour at eight shards. */
const MOST_NAMED = 500;
const AT_ONCE = 16;

export interface Checked {
  readonly mismatches: readonly Mismatch[];
  readonly read: number;
  /** More than one step should do: nothing was read, these are to be, by any workers and in any order. */
  readonly ranges?: readonly Range[];
}

export interface CheckRequest {
  readonly property: string;
  readonly level: Level;
  readonly span: Span;
  /** Those of a range; else all. */
  readonly shards?: Range['shards'];
}

/** Every built bucket of the span: do its rows add up to its seal, and its seal to those below? Reads every row once. What is gone by age is missed by nobody. */
export const checkBuckets = (plugs: RollupPlugs) =>
  async ({ property, level, span, shards: asked }: CheckRequest): Promise<Checked> => {
    const { timeZone, shards: ofAll } = plugs.rollupSettingsOf(property);
    const ranges = asked ? null : rangesOf({ level, span, shards: ofAll, timeZone });
    if (ranges) return { mismatches: [], read: 0, ranges };
    const [first, next] = asked ?? [0, ofAll];
    const seals = (await plugs.rollupStore.readSeals(property, level, bucketsIn(level, span, timeZone))).filter(({ shard }) => shard >= first && shard < next);
    const mismatches: Mismatch[] = [];
    let read = 0;
    await atOnce(seals, AT_ONCE, async (seal) => {
      cancellationSignal().throwIfAborted();
      const checked = await check(plugs, seal, timeZone);
      mismatches.push(...checked.mismatches);
      read += checked.read;
      heartbeat();
    });
    return { mismatches: mismatches.sort((a, b) => (a.bucket < b.bucket ? -1 : 1)).slice(0, MOST_NAMED), read };
  };

async function check(plugs: RollupPlugs, seal: Seal, timeZone: string): Promise<Checked> {
  const rows = seal.rows === 0 && seal.count === 0 ? [] : await rowsOf(plugs, seal);
  const [now] = await sealsOf(plugs, seal, seal.level, [seal.bucket]);
  // Built anew while it was read: whoever did that knows it.
  if (now?.inputs !== seal.inputs) return { mismatches: [], read: rows.length };
  const children = childrenOf(seal.level, seal.bucket, timeZone);
  const below = children === null ? [] : await sealsOf(plugs, seal, children.level, children.buckets);
  const sealed = new Map(below.map((one) => [one.bucket, one]));
  const inputs = children === null ? null : inputsOf(children.buckets, plugs.rollupSettingsOf(seal.property).semantics, (bucket) => sealed.get(bucket));
  // One below was built anew since: the late reading that it was for opens this one as well, and has it built.
  const isOpenAgain = inputs !== null && inputs !== seal.inputs;
  const at = secondsNow();
  const found = [
    isPastKeeping(seal, at) ? null : rowsMismatch({ ...sumsOf(rows), checksum: checksumOf(rows) }, seal),
    // What cannot be built again stays as it was, whatever has come in below it since.
    children === null || isOpenAgain || below.some((one) => isPastKeeping(one, at)) ? null : levelsMismatch(seal, below),
  ];
  return { mismatches: found.filter((mismatch) => mismatch !== null).slice(0, 1), read: rows.length };
}

async function sealsOf({ rollupStore }: RollupPlugs, { property, shard }: Seal, level: Level, buckets: readonly string[]): Promise<Seal[]> {
  return (await rollupStore.readSeals(property, level, buckets)).filter((seal) => seal.shard === shard);
}
