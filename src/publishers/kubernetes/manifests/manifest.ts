import type { Kind, Manifest } from '../../../kubernetes/manifest.ts';

/**
 * Every kind we apply, in the order in which they are applied; they are deleted in the reverse order. A cluster stores what has
 * an `enforcer` and does nothing with it unless it has that, which its API does not tell.
 */
export const kinds = [
  { apiVersion: 'v1', kind: 'ServiceAccount', isOptional: false },
  { apiVersion: 'v1', kind: 'Secret', isOptional: false },
  { apiVersion: 'v1', kind: 'ConfigMap', isOptional: false },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', isOptional: true, enforcer: 'a network that enforces policies' },
  { apiVersion: 'apps/v1', kind: 'Deployment', isOptional: false },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', isOptional: true },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', isOptional: true, enforcer: 'metrics of pods' },
  { apiVersion: 'v1', kind: 'Service', isOptional: false },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', isOptional: true, enforcer: 'an ingress controller' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', isOptional: true, enforcer: 'a gateway controller' },
] as const satisfies readonly (Kind & { readonly enforcer?: string })[];

export type KindName = (typeof kinds)[number]['kind'];

/** `apiVersion` and `kind` of a manifest, from the one table. */
export function typeOf(name: KindName): { apiVersion: string; kind: string } {
  const { apiVersion, kind } = kinds.find(({ kind: each }) => each === name)!; // KindName is made from the table
  return { apiVersion, kind };
}

/** What of these a cluster may only have stored, each with what it takes to be more than that; null when there is nothing of the kind. */
export function onlyStored(manifests: readonly Manifest[]): string | null {
  const found = kinds.flatMap((each) => ('enforcer' in each && manifests.some(({ kind }) => kind === each.kind) ? [`${each.kind} needs ${each.enforcer}`] : []));
  return found.length === 0 ? null : `only stored where the cluster has nothing for it, which cannot be asked: ${found.join(', ')}`;
}
