import type { CoreV1Event, KubernetesObject, V1ContainerStatus, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';

const mostReasons = 4;
const mostLetters = 240;

/** The one that the newest generation of a Deployment made; undefined when there is none yet. */
export function newestReplicaSet(sets: readonly V1ReplicaSet[]): V1ReplicaSet | undefined {
  const revisionOf = ({ metadata }: V1ReplicaSet): number => Number(metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
  return sets.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
}

/**
 * Why the pods of a ReplicaSet or a Job are not ready, in the cluster's own words, each once: what their containers wait for or
 * ended with, why they cannot be placed, and warnings about them or about what should create them and cannot.
 */
export function reasonsOf(owner: KubernetesObject | undefined, pods: readonly V1Pod[], events: readonly CoreV1Event[]): string[] {
  const uid = owner?.metadata?.uid;
  const own = pods.filter(({ metadata }) => metadata?.ownerReferences?.some((reference) => reference.uid === uid));
  const about = new Set([uid, ...own.map(({ metadata }) => metadata?.uid)]);
  const warnings = events.filter(({ type, involvedObject }) => type === 'Warning' && about.has(involvedObject.uid));
  return [...new Set([...own.flatMap(podReasons), ...warnings.map(eventReason)])].slice(0, mostReasons);
}

function podReasons({ status }: V1Pod): string[] {
  const unplaced = (status?.conditions ?? []).filter(({ type, status: held }) => type === 'PodScheduled' && held === 'False').map(({ reason, message }) => sentence(reason, message));
  return [...unplaced, ...(status?.containerStatuses ?? []).flatMap(containerReasons)];
}

function containerReasons({ state, lastState, restartCount }: V1ContainerStatus): string[] {
  const reasons: string[] = [];
  if (state?.waiting && state.waiting.reason !== 'ContainerCreating') reasons.push(sentence(state.waiting.reason, state.waiting.message));
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended) reasons.push(sentence(ended.reason, `exit code ${ended.exitCode}, ${restartCount} restarts${ended.message ? `: ${ended.message}` : ''}`));
  return reasons;
}

function eventReason({ reason, message, involvedObject }: CoreV1Event): string {
  return sentence(`${involvedObject.kind} ${reason ?? 'Warning'}`, message);
}

function sentence(reason: string | undefined, message: string | undefined): string {
  const text = message ? `${reason ?? 'unknown'} (${message.replaceAll(/\s+/g, ' ').trim()})` : (reason ?? 'unknown');
  return text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text;
}
