import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';

/** As little of the Gateway API as there can be: the kind. */
const httpRoutes = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition',
  metadata: { name: 'httproutes.gateway.networking.k8s.io', annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/891' } },
  spec: {
    group: 'gateway.networking.k8s.io', scope: 'Namespaced', names: { kind: 'HTTPRoute', plural: 'httproutes', singular: 'httproute', listKind: 'HTTPRouteList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } } }],
  },
} as KubernetesObject;

/** The cluster serves the kind from here on, until a world is disposed of. */
export async function withHttpRoutes(api: KubernetesObjectApi): Promise<void> {
  await api.create(httpRoutes);
  while (!(await isServed(api))) await sleep(100);
}

export async function withoutHttpRoutes(api: KubernetesObjectApi): Promise<void> {
  if (!(await isServed(api))) return;
  await api.delete(httpRoutes as never);
  while (await isServed(api)) await sleep(100);
}

function isServed(api: KubernetesObjectApi): Promise<boolean> {
  return api.list('gateway.networking.k8s.io/v1', 'HTTPRoute').then(() => true, () => false);
}
