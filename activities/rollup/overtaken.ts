import { heartbeat } from '@temporalio/activity';
import { inputsOf } from '../../src/domain/rollup/seal.ts';
import { atOnce } from './at-once.ts';
import { childrenOf } from './build-bucket.ts';
import type { BucketName } from '../../src/domain/rollup/bucket-name.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

const ASKED_AT_ONCE = 8;

/** Which of these are built, and of others below than there are now, or with another meaning of a mean. A day that is built over such hours would mix both. */
export async function overtaken({ rollupStore, rollupSettingsOf }: RollupPlugs, property: string, level: 'hour' | 'day', buckets: readonly BucketName[]): Promise<BucketName[]> {
  const { timeZone, semantics } = rollupSettingsOf(property);
  const isOvertaken = await atOnce(buckets, ASKED_AT_ONCE, async (bucket) => {
    heartbeat();
    const seals = await rollupStore.readSeals(property, level, [bucket]);
    const children = childrenOf(level, bucket, timeZone);
    if (seals.length === 0 || children === null) return false;
    const below = new Map((await rollupStore.readSeals(property, children.level, children.buckets)).map((seal) => [`${seal.bucket} ${seal.shard}`, seal]));
    return seals.some(({ shard, inputs }) => {
      const now = inputsOf(children.buckets, semantics, (child) => below.get(`${child} ${shard}`));
      return now !== null && now !== inputs;
    });
  });
  return buckets.filter((_, at) => isOvertaken[at]);
}
