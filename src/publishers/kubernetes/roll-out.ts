import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { selectorOf, type Manifest } from '../../kubernetes/manifest.ts';
import { newestReplicaSet, reasonsOf } from '../../kubernetes/reasons.ts';
import { typeOf } from './manifests/manifest.ts';
import { cameUpBefore, goingBackTo, judgeRollout, remembering, rememberedBefore, type Rollout } from './rollout.ts';
import type { CoreV1Event, V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { PublishCall } from '../../ports/publisher.ts';

const beatMs = 5_000;
/** After a watch that told nothing, so that a server that drops every watch is not asked in a tight loop. */
const pauseMs = 500;

export interface RollOutOptions {
  readonly cluster: Cluster;
  readonly patienceMs: number;
  readonly call?: PublishCall | undefined;
}

/**
 * Applies a Deployment and returns when all its pods are new and available. Where they do not come up, what came up there last
 * is applied again, unless it is the same, and the failure says why the pods did not.
 */
export async function rollOut(deployment: Manifest, options: RollOutOptions): Promise<void> {
  const { cluster } = options;
  const { name } = deployment.metadata;
  const live = await cluster.read<V1Deployment>(typeOf('Deployment'), name);
  const remembered = remembering<Manifest>(deployment, live);
  await cluster.apply(remembered, { isDryRun: false });
  const outcome = await untilSettled(name, options);
  if (outcome.state === 'done') return;

  const reasons = [outcome.said, ...(await explain(cluster, deployment.metadata.labels))];
  const before = rememberedBefore(remembered) as Manifest | null;
  if (before !== null) await cluster.apply(goingBackTo(before), { isDryRun: false });
  const isTheSame = cameUpBefore(remembered) ? 'the same came up there before, so nothing else was applied' : 'nothing ran there before';
  const then = before === null ? isTheSame : 'what ran before was applied again';
  throw new Failure('rollout-failed', `${name} did not come up on Kubernetes: ${reasons.join('; ')}. It is tried again; ${then}`, { isFinal: false });
}

/** Reads and watches in turn: a watch may end, stall or be too old at any moment, and reading again is always right. */
async function untilSettled(name: string, { cluster, patienceMs, call }: RollOutOptions): Promise<Exclude<Rollout, { state: 'waiting' }>> {
  const patience = AbortSignal.timeout(patienceMs);
  const signal = call?.signal ? AbortSignal.any([patience, call.signal]) : patience;
  let seen: Rollout = { state: 'waiting', said: 'nothing is known of its pods' };
  const judge = (live: V1Deployment): boolean => {
    seen = judgeRollout(live);
    return seen.state !== 'waiting';
  };
  const beating = setInterval(() => call?.onBeat?.(seen.state === 'waiting' ? seen.said : seen.state), beatMs);
  try {
    for (;;) {
      const live = await cluster.read<V1Deployment>(typeOf('Deployment'), name);
      if (live === null) throw new Failure('rollout-failed', `${name} was deleted while its pods were waited for. It is tried again`, { isFinal: false });
      if (!judge(live)) {
        const path = `/apis/apps/v1/namespaces/${cluster.namespace}/deployments`;
        await cluster.watch({ path, name, resourceVersion: live.metadata?.resourceVersion ?? '', signal, onChange: (changed) => judge(changed as V1Deployment) });
      }
      const settled = seen as Rollout; // `judge` writes it
      if (settled.state !== 'waiting') return settled;
      call?.signal?.throwIfAborted();
      if (patience.aborted) return { state: 'failed', said: `after ${patienceMs / 1000} s ${settled.said}` };
      await sleep(pauseMs);
    }
  } finally {
    clearInterval(beating);
  }
}

/** A Deployment whose pods are refused has no pods to ask: then its ReplicaSet's events say why. */
async function explain(cluster: Cluster, labels: Readonly<Record<string, string>>): Promise<string[]> {
  const selector = selectorOf(labels);
  const [sets, pods, events] = await Promise.all([
    cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, selector),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }, selector),
    cluster.list({ apiVersion: 'v1', kind: 'Event' }),
  ]);
  return reasonsOf(newestReplicaSet(sets.items as V1ReplicaSet[]), pods.items as V1Pod[], events.items as unknown as CoreV1Event[]);
}
