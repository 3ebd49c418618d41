import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { BucketName, Level } from '../src/domain/rollup/bucket-name.ts';
import { closeSpans, NOTHING_ROLLED, type RollupFigures } from './rollup-levels.ts';
import { bulk } from './steps.ts';
import { tags } from './tags.ts';

export interface RollupRecomputeInput {
  readonly property: string;
  readonly level: Level;
  readonly from: BucketName;
  readonly to: BucketName;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollupRecompute);
/**
 * The buckets of a range by hand, `rollup/<property>/recompute/<level>/<from>..<to>`: what is not built, or not from what is
 * there now, or does not add up, and what is built above it. The rest is looked at and left.
 */
export async function rollupRecompute({ property, level, from, to }: RollupRecomputeInput): Promise<RollupFigures> {
  upsertSearchAttributes(tags({ property, runKind: 'rollup-recompute' }));
  const spans = await bulk('which buckets').planRecompute({ property, level, from, to });
  return closeSpans(property, spans, NOTHING_ROLLED);
}
