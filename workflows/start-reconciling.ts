import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { reconcileId } from '../src/domain/release/ids.ts';
import type { reconcile, ReconcileInput } from './reconcile.ts';

/** Beside the day, never before it: the report's quota may end tomorrow, and the day is final today. */
export async function startReconciling({ property, day, generation }: ReconcileInput): Promise<void> {
  try {
    await startChild<typeof reconcile>('reconcile', {
      workflowId: reconcileId(property, day, generation), workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE, parentClosePolicy: ParentClosePolicy.ABANDON, args: [{ property, day, generation }],
    });
  } catch (error) {
    // The same rows are being compared already.
    if (!(error instanceof Error) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}
