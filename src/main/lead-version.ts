import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Logger } from 'pino';

const { WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: DRAINING, WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: DRAINED } = proto.temporal.api.enums.v1.WorkerDeploymentVersionStatus;
/** What the server says of a version that led, and leads no more. */
const REPLACED: ReadonlySet<number> = new Set([DRAINING, DRAINED]);
const GRPC_NOT_FOUND = 5;
const AGAIN_MS = 60_000;

export interface LeadOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly deploymentName: string;
  readonly taskQueue: string;
  /** The version this worker runs. */
  readonly buildId: string;
  /** True when no other worker can be polling: then nobody is waited for. */
  readonly isOnlyWorker: boolean;
  /** A version whose workers were not seen for this long has none. */
  readonly silentMs: number;
  readonly againMs?: number;
  /** What the leading version does besides: called when this one begins to lead. */
  onLead(): Promise<void>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly signal: AbortSignal;
}

/**
 * New runs go to the version that leads. A new version takes the lead when it starts. One that led before and was replaced does not:
 * it may be there to end its runs, and be started again for any reason. It takes the lead when no worker of the leading version was
 * seen for `silentMs`, as after going back to it. Resolves when it leads, or waits; looks each minute until `signal`.
 */
export async function leadVersion(options: LeadOptions): Promise<void> {
  const { isOnlyWorker, buildId, log, signal, againMs = AGAIN_MS } = options;
  const leads = await leadUnlessReplaced(options);
  if (leads) await options.onLead();
  else log.warn({ buildId }, 'another worker version leads: this one ends its own runs, and takes the lead when no worker of the other was seen for minutes');
  if (isOnlyWorker) return;
  void keepLeading(leads, {
    look: () => lookAtLeader(options), take: (token) => setCurrent(options, token), onLead: () => options.onLead(),
    pause: () => sleep(againMs, undefined, { signal, ref: false }), now: Date.now, buildId, silentMs: options.silentMs, log, signal,
  });
}

/** Who leads, when a worker of it was last seen (0 for never), and what says that nothing was changed since. */
export interface Leader {
  readonly buildId: string | null;
  readonly seenMs: number;
  readonly token: Uint8Array;
}

export interface Keeping extends Pick<LeadOptions, 'buildId' | 'silentMs' | 'onLead' | 'log' | 'signal'> {
  look(): Promise<Leader>;
  take(token: Uint8Array): Promise<void>;
  pause(): Promise<void>;
  now(): number;
}

/** A server that was started again has forgotten who polled, so silence is counted from the first look on at the earliest. */
export async function keepLeading(leads: boolean, { look, take, pause, now, buildId, silentMs, onLead, log, signal }: Keeping): Promise<void> {
  let isLeading = leads;
  for (let seenMs = now(); ;) {
    await pause().catch(() => undefined);
    if (signal.aborted) return;
    try {
      const leader = await look();
      const isOurs = leader.buildId === buildId;
      seenMs = isOurs ? now() : Math.max(seenMs, leader.seenMs);
      if (isOurs && !isLeading) await onLead();
      isLeading = isOurs;
      if (isOurs || now() - seenMs < silentMs) continue;
      await take(leader.token);
      log.warn({ from: leader.buildId, to: buildId }, 'took the lead: the version that had it has no worker any more');
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ error: error instanceof Error ? error.message : String(error) }, 'looking for the leading worker version failed; it is done again');
    }
  }
}

/** The server learns of a version when its worker first polls, so this may take a moment. False for a version that was replaced. */
async function leadUnlessReplaced(options: LeadOptions): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!options.isOnlyWorker && (await wasReplaced(options))) return false;
      await setCurrent(options);
      return true;
    } catch (error) {
      if (attempt >= 60) throw error;
      await sleep(250);
    }
  }
}

/** Replaced is who led before a newer one: a version that never led is new, and one that an older took the lead from while its workers were away has it back. */
async function wasReplaced({ client, namespace, deploymentName, buildId }: LeadOptions): Promise<boolean> {
  try {
    const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
    const own = workerDeploymentInfo?.versionSummaries?.find(({ deploymentVersion }) => deploymentVersion?.buildId === buildId);
    const leader = workerDeploymentInfo?.versionSummaries?.find(({ deploymentVersion }) => deploymentVersion?.buildId === workerDeploymentInfo.routingConfig?.currentDeploymentVersion?.buildId);
    return own !== undefined && REPLACED.has(own.status ?? 0) && madeAt(leader) > madeAt(own);
  } catch (error) {
    if (isGrpcServiceError(error) && (error.code as number) === GRPC_NOT_FOUND) return false; // the first worker of all
    throw error;
  }
}

async function lookAtLeader({ client, namespace, deploymentName, taskQueue }: LeadOptions): Promise<Leader> {
  const { workerDeploymentInfo, conflictToken } = await client.workflowService.describeWorkerDeployment({ namespace, deploymentName });
  const buildId = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue } });
  const seen = (pollers ?? []).filter(({ deploymentOptions }) => deploymentOptions?.buildId === buildId).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  return { buildId, seenMs: Math.max(0, ...seen), token: conflictToken };
}

async function setCurrent({ client, namespace, deploymentName, buildId }: LeadOptions, conflictToken?: Uint8Array): Promise<void> {
  await client.workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName, buildId, ignoreMissingTaskQueues: true, allowNoPollers: false, ...(conflictToken ? { conflictToken } : {}) });
}

function madeAt(version: { createTime?: proto.google.protobuf.ITimestamp | null } | undefined): number {
  return Number(version?.createTime?.seconds ?? 0) + (version?.createTime?.nanos ?? 0) / 1e9;
}
