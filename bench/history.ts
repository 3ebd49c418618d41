import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

/** One activity as the history has it; milliseconds since the epoch. */
export interface ActivitySpan {
  readonly name: string;
  readonly scheduledMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface WorkflowTimes {
  readonly startedMs: number;
  readonly endedMs: number;
  /** Its own and those of the workflows it waited for. */
  readonly activities: readonly ActivitySpan[];
}

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** When a closed workflow and everything inside it ran, from the recorded times of events. */
export async function timesOf(client: Client, workflowId: string, runId?: string): Promise<WorkflowTimes> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const history = events ?? [];
  const activities: ActivitySpan[] = [];
  for (const event of history) {
    const completed = event.activityTaskCompletedEventAttributes;
    const child = event.childWorkflowExecutionCompletedEventAttributes?.workflowExecution;
    if (completed) activities.push(spanOf(event, at(history, completed.scheduledEventId), at(history, completed.startedEventId)));
    if (child?.workflowId && child.runId) activities.push(...(await timesOf(client, child.workflowId, child.runId)).activities);
  }
  return { startedMs: msOf(history[0]), endedMs: msOf(history.at(-1)), activities };
}

function at(history: readonly HistoryEvent[], eventId: HistoryEvent['eventId']): HistoryEvent | undefined {
  return history[Number(eventId) - 1];
}

function spanOf(completed: HistoryEvent, scheduled: HistoryEvent | undefined, started: HistoryEvent | undefined): ActivitySpan {
  return { name: scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? '', scheduledMs: msOf(scheduled), startedMs: msOf(started), endedMs: msOf(completed) };
}

function msOf(event: HistoryEvent | undefined): number {
  return Number(event?.eventTime?.seconds ?? Number.NaN) * 1000 + (event?.eventTime?.nanos ?? 0) / 1e6;
}

/** Milliseconds that at least one of the spans covers. */
export function coveredMs(spans: readonly ActivitySpan[]): number {
  let [covered, until] = [0, 0];
  for (const { startedMs, endedMs } of spans.toSorted((a, b) => a.startedMs - b.startedMs)) {
    covered += Math.max(0, endedMs - Math.max(startedMs, until));
    until = Math.max(until, endedMs);
  }
  return covered;
}
