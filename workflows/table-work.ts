import { executeChild, isCancellation, sleep, ChildWorkflowFailure, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { baseQueue } from './steps.ts';
import type { seriesTable } from './series-table.ts';
import type { weekTable } from './week-table.ts';

interface TableSequences {
  readonly weekTable: typeof weekTable;
  readonly seriesTable: typeof seriesTable;
}

/** Makes or drops a table on the queue of concurrency one. Two may want the same table at once: whoever comes second waits for the first. */
export async function tableWork<Name extends keyof TableSequences>(name: Name, workflowId: string, input: Parameters<TableSequences[Name]>[0]): Promise<void> {
  for (;;) {
    try {
      await executeChild(name, { workflowId, taskQueue: `${baseQueue()}-tables`, workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE, args: [input] });
      return;
    } catch (error) {
      const isElsewhere = error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';
      if (isCancellation(error) || error instanceof ChildWorkflowFailure || !isElsewhere) throw error;
      await sleep('1 second');
    }
  }
}
