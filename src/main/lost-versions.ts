import { setTimeout as sleep } from 'node:timers/promises';
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
export const SILENT_MS = 3 * 60_000;
const MOST_RUNS = 1000;
const REASON = 'its worker version is gone and its history does not replay on the current one; it goes on from its last finished stage';

const AGAIN_MS = 60_000;

/** What one look did, and the runs it left because a worker of their version was seen lately, or because it had looked at many. */
export interface Rescue {
  readonly moved: readonly string[];
  readonly ended: readonly string[];
  readonly others: readonly string[];
}

/**
 * Looks now, and again each minute while runs of other versions remain: the worker of one may end at any time. Resolves
 * after the first look; the later ones end with `signal`, or when another version has become the current one: its duty then.
 */
export async function watchLostVersions(options: LostVersionsOptions & { readonly signal: AbortSignal }): Promise<void> {
  const first = await rescueLostVersions(options);
  void untilNoneLeft(first, {
    look: async () => ((await isCurrent(options)) ? rescueLostVersions(options) : null),
    pause: () => sleep(AGAIN_MS, undefined, { signal: options.signal, ref: false }),
    signal: options.signal, log: options.log,
  });
}

/** `look` after `look` until one leaves no run of another version or says, with null, that it is no longer asked. A look that fails is taken again. */
export async function untilNoneLeft(first: Rescue, { look, pause, signal, log }: { look(): Promise<Rescue | null>; pause(): Promise<void>; signal: AbortSignal; log: Pick<Logger, 'warn'> }): Promise<void> {
  for (let last: Rescue | null = first; last !== null && last.others.length > 0;) {
    await pause().catch(() => undefined);
    if (signal.aborted) return;
    try {
      last = await look();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: error instanceof Error ? error.message : String(error) }, 'looking for runs of lost worker versions failed; it is done again');
    }
  }
}

async function isCurrent({ client, namespace, buildId }: LostVersionsOptions): Promise<boolean> {
  const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
  return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId === buildId;
}

/**
 * After an upgrade nothing may be stuck: a revision pinned to a version that has no worker any more is moved to the current
 * version where its history replays; else it is ended, and its week starts it again from its last finished stage.
 */
async function rescueLostVersions(options: LostVersionsOptions): Promise<Rescue> {
  const { client, taskQueue, buildId, log } = options;
  const [moved, ended, others]: [string[], string[], string[]] = [[], [], []];
  const alive = await aliveVersions(options);
  let looked = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: `WorkflowType = 'revision' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'` })) {
    if (looked++ >= MOST_RUNS) {
      others.push(workflowId);
      break;
    }
    const handle = client.workflow.getHandle(workflowId, runId);
    const { pinned, week } = await described(client, options.namespace, workflowId, runId);
    if (pinned === null || pinned === buildId) continue;
    if (alive.has(pinned)) {
      others.push(workflowId);
      continue;
    }
    if (await replays(options.codePath, await handle.fetchHistory(), workflowId)) {
      await moveToCurrent(options, workflowId, runId);
      moved.push(workflowId);
      log.warn({ workflowId, from: pinned, to: buildId }, 'moved to the current worker version: its own has no worker any more');
    } else {
      if (week !== null) await tellWeek(client, week, workflowId);
      await handle.terminate(REASON);
      ended.push(workflowId);
      log.warn({ workflowId, from: pinned, to: buildId }, REASON);
    }
  }
  return { moved, ended, others };
}

/** Build ids that somebody polled for lately. */
async function aliveVersions({ client, namespace, taskQueue, isOnlyWorker, buildId }: LostVersionsOptions): Promise<ReadonlySet<string>> {
  if (isOnlyWorker) return new Set([buildId]);
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  const recent = (pollers ?? []).filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1000 < SILENT_MS);
  return new Set(recent.map(({ deploymentOptions }) => deploymentOptions?.buildId ?? ''));
}

/** The version that a run is pinned to, and the workflow that started it. */
async function described(client: Client, namespace: string, workflowId: string, runId: string): Promise<{ pinned: string | null; week: string | null }> {
  const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } });
  return { pinned: workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId || null, week: workflowExecutionInfo?.parentExecution?.workflowId || null };
}

/** Before the revision ends: its week starts again what it was told of, and nothing that somebody else terminates. */
async function tellWeek(client: Client, week: string, workflowId: string): Promise<void> {
  await client.workflow.getHandle(week).signal('lostVersion', { workflowId }).catch((error: Error) => {
    if (error.name !== 'WorkflowNotFoundError') throw error; // a week that has ended starts nothing
  });
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
