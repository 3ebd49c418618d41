import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { Aggregated } from '../activities/rollup/aggregate-days.ts';
import { spanOf, type BucketName } from '../src/domain/rollup/bucket-name.ts';
import { bulk } from './steps.ts';
import { tags } from './tags.ts';

export interface RollupAggregateInput {
  readonly property: string;
  readonly timeZone: string;
  /** Days, both included. */
  readonly from: BucketName;
  readonly to: BucketName;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollupAggregate);
/** Totals by category of a range of built days by hand, `rollup/<property>/aggregate/<from>..<to>`: those that are not made from what is there now. */
export async function rollupAggregate({ property, timeZone, from, to }: RollupAggregateInput): Promise<Aggregated> {
  upsertSearchAttributes(tags({ property, runKind: 'rollup-aggregate' }));
  const span = { from: spanOf(from, timeZone).from, to: spanOf(to, timeZone).to };
  return bulk('totals by category').aggregateDays({ property, span });
}
