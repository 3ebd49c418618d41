import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReconcileOutcome } from '../activities/ingest/reconcile-day.ts';
import type { Day } from '../src/domain/calendar/day.ts';
import { bulk } from './steps.ts';
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
  const outcome = await bulk('compare with the report').reconcileDay({ property, day, generation });
  upsertSearchAttributes(tags({ stage: outcome.verdict }));
  return outcome;
}
