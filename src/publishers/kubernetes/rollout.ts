import type { V1Deployment } from '@kubernetes/client-node';

export type Rollout = { readonly state: 'done' } | { readonly state: 'failed'; readonly said: string } | { readonly state: 'waiting'; readonly said: string };

/** What a Deployment says of itself. Only what its controller wrote about the newest generation counts. */
export function judgeRollout({ metadata, spec, status }: V1Deployment): Rollout {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return { state: 'waiting', said: 'the cluster has not looked at it yet' };
  const refused = status?.conditions?.find(({ type, status: held }) => type === 'ReplicaFailure' && held === 'True');
  if (refused) return { state: 'failed', said: refused.message ?? 'its pods cannot be created' };
  const late = status?.conditions?.find(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded');
  if (late) return { state: 'failed', said: `its pods were not ready within ${spec?.progressDeadlineSeconds} s` };
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  if (updatedReplicas < wanted) return { state: 'waiting', said: `${updatedReplicas} of ${wanted} pods are new` };
  if (replicas > updatedReplicas) return { state: 'waiting', said: `${replicas - updatedReplicas} old pods are still there` };
  if (availableReplicas < updatedReplicas) return { state: 'waiting', said: `${availableReplicas} of ${updatedReplicas} pods are available` };
  return { state: 'done' };
}

const applied = 'almanac/applied';
const before = 'almanac/before';

/** A Deployment that carries what was applied, and what to apply again when it does not come up. */
export function remembering<T extends V1Deployment>(deployment: T, live: V1Deployment | null): T {
  const text = JSON.stringify(deployment);
  const previous = previousText(text, live);
  const annotations = { ...deployment.metadata?.annotations, [applied]: text, ...(previous === null ? {} : { [before]: previous }) };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}

/** What was applied before the newest, if it ever came up. */
export function rememberedBefore(live: V1Deployment): V1Deployment | null {
  const text = live.metadata?.annotations?.[before];
  return text === undefined ? null : (JSON.parse(text) as V1Deployment);
}

/** A Deployment that came up is worth going back to; one that did not hands on what came up before it. */
function previousText(text: string, live: V1Deployment | null): string | null {
  const annotations = live?.metadata?.annotations ?? {};
  const isGoodAndOther = live !== null && annotations[applied] !== text && judgeRollout(live).state === 'done';
  return (isGoodAndOther ? annotations[applied] : annotations[before]) ?? null;
}
