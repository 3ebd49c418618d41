import type { Client } from '@temporalio/client';
import type { HealthState } from '../domain/health/judge-round.ts';

/** What the newest round of health that has ended knows; null before the first. */
export async function readHealth(client: Client, deployment: string, withinMs: number): Promise<HealthState | null> {
  return client.withDeadline(Date.now() + withinMs, async () => {
    const query = `WorkflowType = 'health' AND Property = '${deployment}' AND ExecutionStatus = 'Completed'`;
    for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 })) return (await client.workflow.getHandle(workflowId, runId).result()) as HealthState;
    return null;
  });
}
