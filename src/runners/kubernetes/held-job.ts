import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { annotations, jobKind } from './job-manifest.ts';
import type { V1Job } from '@kubernetes/client-node';
import type { Cluster } from '../../kubernetes/cluster.ts';

/** One Job of the cluster, and who looks after it now: the newest wins, and whoever had it before keeps their hands off. */
export interface HeldJob {
  readonly name: string;
  readonly uid: string;
  readonly owner: string;
}

const GONE_WITHIN_MS = 90_000;
const POLL_MS = 500;

/** Null when it is gone meanwhile. */
export async function takeJob(cluster: Cluster, live: V1Job, owner: string): Promise<HeldJob | null> {
  const held = { name: live.metadata?.name ?? '', uid: live.metadata?.uid ?? '', owner };
  const taken = await cluster.annotate(jobKind, held, { [annotations.owner]: owner, [annotations.seen]: new Date().toISOString() });
  return taken && held;
}

export async function isHeld(cluster: Cluster, { name, uid, owner }: HeldJob): Promise<boolean> {
  const live = await cluster.read<V1Job>(jobKind, name);
  return live?.metadata?.uid === uid && live.metadata.annotations?.[annotations.owner] === owner;
}

/** Deletes it with its pods and returns when they have ended; does nothing when it is another's now. */
export async function endJob(cluster: Cluster, held: HeldJob): Promise<void> {
  if (await isHeld(cluster, held)) await removeJob(cluster, held);
}

/** Returns when it has gone, or `signal` says that nobody waits for that any more. */
export async function removeJob(cluster: Cluster, { name, uid }: Pick<HeldJob, 'name' | 'uid'>, signal?: AbortSignal): Promise<void> {
  await cluster.remove(jobKind, name, uid);
  for (const deadline = Date.now() + GONE_WITHIN_MS; ; await sleep(POLL_MS)) {
    const live = await cluster.read<V1Job>(jobKind, name);
    if (live?.metadata?.uid !== uid || signal?.aborted) return;
    if (Date.now() > deadline) throw new Failure('runner-unavailable', `Job ${name} in ${cluster.namespace} has not ended within ${GONE_WITHIN_MS / 1000} s of being deleted: look at its pod and its node`, { isFinal: false });
  }
}
