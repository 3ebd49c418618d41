import { WithStartWorkflowOperation, WorkflowFailedError, type Client } from '@temporalio/client';
import { Failure } from '../domain/failure.ts';
import { ingestId, weekId } from '../domain/release/ids.ts';
import type { WeekStatus } from '../domain/release/week-status.ts';
import type { IngestOutcome, Sequences } from '../ports/sequences.ts';

/** Weeks told of one day at the most: more than may be live. */
const TOLD_WEEKS = 200;

/** PLUG: sequences through a Temporal client. Ids make starting idempotent: who comes second joins. */
export function createSequences({ client, taskQueue }: { client: Client; taskQueue: string }): Sequences {
  const isGone = (error: unknown): boolean => error instanceof Error && error.name === 'WorkflowNotFoundError';

  const runningOf = async (type: 'revision' | 'cohort', property: string): Promise<number> =>
    (await client.workflow.count(`WorkflowType = '${type}' AND Property = '${property}' AND ExecutionStatus = 'Running'`)).count;

  return {
    async joinIngest(property, day, signal) {
      const handle = await client.workflow.start('ingest', { workflowId: ingestId(property, day), taskQueue, args: [{ property, day }], workflowIdConflictPolicy: 'USE_EXISTING' });
      try {
        return await Promise.race([handle.result() as Promise<IngestOutcome>, aborted(signal)]);
      } catch (error) {
        if (!(error instanceof WorkflowFailedError)) throw error;
        // Asking again would only start one more look that fails: it is an outcome of the day.
        return { day, state: 'failed', generation: 0, rows: 0, sentence: `day ${day} of ${property} was not taken in: ${innermost(error)}. Then: npx almanac source retry ${property} ${day}` };
      }
    },
    async startWeek(property, week) {
      await client.workflow.start('week', { workflowId: weekId(property, week), taskQueue, args: [{ property, week }], workflowIdConflictPolicy: 'USE_EXISTING' });
    },
    async weekStatus(property, week) {
      const handle = client.workflow.getHandle(weekId(property, week));
      try {
        if ((await handle.describe()).status.name !== 'RUNNING') return null;
        return await handle.query<WeekStatus>('status');
      } catch (cause) {
        if (isGone(cause)) return null;
        throw new Failure('busy', `week ${week} of ${property} did not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause, isFinal: false });
      }
    },
    async announceDay(property, day) {
      let told = 0;
      for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'week' AND Property = '${property}' AND ExecutionStatus = 'Running'` })) {
        if (told++ >= TOLD_WEEKS) return;
        await client.workflow.getHandle(workflowId).signal('dayFinal', { day }).catch((error: unknown) => {
          if (!isGone(error)) throw error;
        });
      }
    },
    async runningWeeks(property) {
      const weeks: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'week' AND Property = '${property}' AND ExecutionStatus = 'Running'` })) {
        weeks.push(workflowId.slice(weekId(property, '').length));
      }
      return weeks.sort();
    },
    runningRevisions: (property) => runningOf('revision', property),
    runningCohorts: (property) => runningOf('cohort', property),
    async isBuilt(week) {
      const { count } = await client.workflow.count(`WorkflowType = 'revision' AND Week = '${week}' AND ExecutionStatus = 'Running'`);
      return count > 0;
    },
    async retireOldWeek(property, week, reason) {
      const startWorkflowOperation = new WithStartWorkflowOperation('week', { workflowId: weekId(property, week), taskQueue, args: [{ property, week }], workflowIdConflictPolicy: 'USE_EXISTING' });
      await client.workflow.executeUpdateWithStart('retire', { startWorkflowOperation, args: [{ reason, by: 'almanac', keepsUnjudged: true }] });
    },
  };
}

/** What the step itself said, or how the workflow was ended. */
function innermost(error: Error): string {
  let at = error;
  while (at.cause instanceof Error) at = at.cause;
  return at.message;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('cancelled'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
