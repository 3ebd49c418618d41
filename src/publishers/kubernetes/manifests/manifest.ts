import type { Kind } from '../../../kubernetes/manifest.ts';

/** Every kind we apply, in the order in which they are applied; they are deleted in the reverse order. */
export const kinds = [
  { apiVersion: 'v1', kind: 'ServiceAccount', isOptional: false },
  { apiVersion: 'v1', kind: 'Secret', isOptional: false },
  { apiVersion: 'v1', kind: 'ConfigMap', isOptional: false },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', isOptional: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', isOptional: false },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', isOptional: true },
  { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', isOptional: true },
  { apiVersion: 'v1', kind: 'Service', isOptional: false },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', isOptional: true },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', isOptional: true },
] as const satisfies readonly Kind[];

export type KindName = (typeof kinds)[number]['kind'];

/** `apiVersion` and `kind` of a manifest, from the one table. */
export function typeOf(name: KindName): { apiVersion: string; kind: string } {
  const { apiVersion, kind } = kinds.find(({ kind: each }) => each === name)!; // KindName is made from the table
  return { apiVersion, kind };
}
