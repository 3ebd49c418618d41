import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { DEPLOYMENT } from './deployment.ts';

export interface LostVersionsOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly taskQueue: string;
  /** The version this worker runs. */
  readonly buildId: string;
  readonly codePath: string;
  /** True when no other worker can be polling: the embedded server. Else a version counts as lost when it was silent for long. */
  readonly isOnlyWorker: boolean;
  readonly log: Logger;
}

/** A long poll lasts a minute: a version not seen for this long has no worker. */
const SILENT_MS = 3 * 60_000;
const MOST_RUNS = 1000;
const REASON = 'its worker version is gone and its history does not replay on the current one; it goes on from its last finished stage';

/**
 * After an upgrade nothing may be stuck: a revision pinned to a version that has no worker any more is moved to the current
 * version where its history replays; else it is ended, and its week starts it again from its last finished stage.
 */
export async function rescueLostVersions(options: LostVersionsOptions): Promise<{ moved: string[]; ended: string[] }> {
  const { client, taskQueue, buildId, log } = options;
  const [moved, ended]: [string[], string[]] = [[], []];
  const alive = await aliveVersions(options);
  let looked = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: `WorkflowType = 'revision' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'` })) {
    if (looked++ >= MOST_RUNS) break;
    const handle = client.workflow.getHandle(workflowId, runId);
    const pinned = await pinnedTo(client, options.namespace, workflowId, runId);
    if (pinned === null || pinned === buildId || alive.has(pinned)) continue;
    if (await replays(options.codePath, await handle.fetchHistory(), workflowId)) {
      await moveToCurrent(options, workflowId, runId);
      moved.push(workflowId);
      log.warn({ workflowId, from: pinned, to: buildId }, 'moved to the current worker version: its own has no worker any more');
    } else {
      await handle.terminate(REASON);
      ended.push(workflowId);
      log.warn({ workflowId, from: pinned, to: buildId }, REASON);
    }
  }
  return { moved, ended };
}

/** Build ids that somebody polled for lately. */
async function aliveVersions({ client, namespace, taskQueue, isOnlyWorker, buildId }: LostVersionsOptions): Promise<ReadonlySet<string>> {
  if (isOnlyWorker) return new Set([buildId]);
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  const recent = (pollers ?? []).filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < SILENT_MS);
  return new Set(recent.map(({ deploymentOptions }) => deploymentOptions?.buildId ?? ''));
}

async function pinnedTo(client: Client, namespace: string, workflowId: string, runId: string): Promise<string | null> {
  const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } });
  return workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId || null;
}

async function replays(codePath: string, history: Parameters<typeof Worker.runReplayHistory>[1], workflowId: string): Promise<boolean> {
  try {
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);
    return true;
  } catch {
    return false;
  }
}

async function moveToCurrent({ client, namespace, buildId }: LostVersionsOptions, workflowId: string, runId: string): Promise<void> {
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution: { workflowId, runId },
    workflowExecutionOptions: { versioningOverride: { pinned: { behavior: proto.temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior.PINNED_OVERRIDE_BEHAVIOR_PINNED, version: { deploymentName: DEPLOYMENT, buildId } } } },
    updateMask: { paths: ['versioning_override'] },
  });
}
