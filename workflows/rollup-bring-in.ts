import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { BucketName } from '../src/domain/rollup/bucket-name.ts';
import { closeSpans, NOTHING_ROLLED, type RollupFigures } from './rollup-levels.ts';
import { bulk } from './steps.ts';
import { tags } from './tags.ts';

export interface RollupBringInInput {
  readonly property: string;
  readonly from: BucketName;
  readonly to: BucketName;
}

export interface BroughtIn extends RollupFigures {
  /** Readings that were aside and are not any more, and those that stay aside. */
  readonly brought: number;
  readonly left: number;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollupBringIn);
/** Readings of a range that were kept aside, `rollup/<property>/bring-in/<from>..<to>`: they come in, and what they change is built again. */
export async function rollupBringIn({ property, from, to }: RollupBringInInput): Promise<BroughtIn> {
  upsertSearchAttributes(tags({ property, runKind: 'rollup-bring-in' }));
  const range = { property, from, to };
  // Both first, because they refuse what is no range of hours: then nothing has come in.
  const before = await bulk('how many are aside').countAside(range);
  const spans = await bulk('which buckets').planRecompute({ ...range, level: 'minute' });
  await bulk('what is aside').bringInAside(range);
  const left = await bulk('how many stay aside').countAside(range);
  upsertSearchAttributes(tags({ rows: Math.max(0, before - left) }));
  return { ...(await closeSpans(property, spans, NOTHING_ROLLED)), brought: Math.max(0, before - left), left };
}
