import { ApplicationFailure, patched, setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { Aggregated } from '../activities/rollup/aggregate-days.ts';
import { Failure } from '../src/domain/failure.ts';
import { askedRange } from '../src/domain/rollup/asked-range.ts';
import { spanOf, type BucketName, type Span } from '../src/domain/rollup/bucket-name.ts';
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
  return bulk('totals by category').aggregateDays({ property, span: daysAsked(timeZone, from, to) });
}

/** What is no range of days ends the run: thrown as it is, it would fail the task of the sequence, which the server tries for ever. */
function daysAsked(timeZone: string, from: BucketName, to: BucketName): Span {
  try {
    return askedRange('day', from, to, timeZone);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Hours, and an end before the beginning, were taken before: such a run goes on as it began.
    if (patched('ranges-are-of-days')) throw ApplicationFailure.nonRetryable(error.message, error.code);
    return { from: spanOf(from, timeZone).from, to: spanOf(to, timeZone).to };
  }
}
