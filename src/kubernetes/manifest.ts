import type { KubernetesObject } from '@kubernetes/client-node';

/** An object as we apply it: always with a name, in our namespace, with nothing that the cluster fills in. */
export interface Manifest extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
}

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Some clusters do without it: discovery says whether this one does. */
  readonly isOptional: boolean;
}

export function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',');
}
