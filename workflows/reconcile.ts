import { isCancellation, patched, setWorkflowOptions, upsertSearchAttributes, ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ReconcileOutcome } from '../activities/ingest/reconcile-day.ts';
import type { Day } from '../src/domain/calendar/day.ts';
import { bulk, quick } from './steps.ts';
import { tags } from './tags.ts';

export interface ReconcileInput {
  readonly property: string;
  readonly day: Day;
  readonly generation: number;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, reconcile);
/** One final day beside its source's own report, `reconcile/<property>/<day>/g<generation>`. It holds nothing up and nothing back. */
export async function reconcile({ property, day, generation }: ReconcileInput): Promise<ReconcileOutcome> {
  upsertSearchAttributes(tags({ property, day, runKind: 'reconcile' }));
  const outcome = await compareOnce({ property, day, generation });
  upsertSearchAttributes(tags({ stage: outcome.verdict }));
  return outcome;
}

/** Nothing compares the day again by itself, so a comparison that is given up says why, where those that were made are looked for. */
async function compareOnce(key: ReconcileInput): Promise<ReconcileOutcome> {
  try {
    return await bulk('compare with the report').reconcileDay(key);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure) || !patched('given-up-comparisons-are-kept')) throw error;
    return quick('not compared, and why').leaveUncompared({ ...key, why: reasonOf(error) });
  }
}

function reasonOf(failure: ActivityFailure): string {
  let last: Error = failure;
  while (last.cause instanceof Error) last = last.cause;
  const isOutOfTime = failure.retryState === 'TIMEOUT' || failure.cause instanceof TimeoutFailure;
  return isOutOfTime ? `no comparison came about in its time: ${last.message}` : last.message;
}
