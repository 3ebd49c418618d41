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

/**
 * Whether the newest text ever had all its pods. Kubernetes keeps saying so when one goes later (its node died), as long as
 * there are no pods of another text: then it speaks of an earlier rollout.
 */
export function hasComeUp(live: V1Deployment): boolean {
  if (judgeRollout(live).state === 'done') return true;
  const { observedGeneration = 0, conditions = [], replicas = 0, updatedReplicas = 0 } = live.status ?? {};
  return observedGeneration >= (live.metadata?.generation ?? 0) && replicas === updatedReplicas
    && conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'NewReplicaSetAvailable');
}

const applied = 'almanac/applied';
const before = 'almanac/before';

/** A Deployment that carries what was applied, and what came up last: that is applied again when it does not come up. */
export function remembering<T extends V1Deployment>(deployment: T, live: V1Deployment | null): T {
  const annotations = live?.metadata?.annotations ?? {};
  return carrying(deployment, live !== null && hasComeUp(live) ? annotations[applied] : annotations[before]);
}

/** What is gone back to. Its pods may take a moment, and who comes meanwhile goes back to it too: it came up once. */
export function goingBackTo<T extends V1Deployment>(deployment: T): T {
  return carrying(deployment, JSON.stringify(deployment));
}

/** What came up last before the newest; null where there is none, or where the newest came up itself: what others mounted is removed by then. */
export function rememberedBefore(live: V1Deployment): V1Deployment | null {
  const { [applied]: newest, [before]: text } = live.metadata?.annotations ?? {};
  return text === undefined || text === newest ? null : (JSON.parse(text) as V1Deployment);
}

/** Whether the newest had come up when it was applied once more. */
export function cameUpBefore({ metadata }: V1Deployment): boolean {
  return metadata?.annotations?.[before] !== undefined && metadata.annotations[before] === metadata.annotations[applied];
}

function carrying<T extends V1Deployment>(deployment: T, cameUp: string | undefined): T {
  const annotations = { ...deployment.metadata?.annotations, [applied]: JSON.stringify(deployment), ...(cameUp === undefined ? {} : { [before]: cameUp }) };
  return { ...deployment, metadata: { ...deployment.metadata, annotations } };
}
