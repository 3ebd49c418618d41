import { weekLabels, weekName, type WeekOf } from '../names.ts';
import { typeOf } from './manifest.ts';
import type { Manifest } from '../../../kubernetes/manifest.ts';
import type { KubernetesSettings } from '../settings.ts';

/** Pods answer on their port and call nothing but DNS and Cassandra, where the cluster's network enforces such policies. */
export function networkPolicy({ namespace, port, cassandraPort }: KubernetesSettings, week: WeekOf): Manifest {
  return {
    ...typeOf('NetworkPolicy'), metadata: { name: weekName(week), namespace, labels: weekLabels(week) },
    spec: {
      podSelector: { matchLabels: weekLabels(week) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ port, protocol: 'TCP' }] }],
      egress: [
        { ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] },
        { ports: [{ port: cassandraPort, protocol: 'TCP' }] },
      ],
    },
  } as Manifest;
}

/** Nodes are drained one pod at a time. */
export function podDisruptionBudget({ namespace }: KubernetesSettings, week: WeekOf): Manifest {
  return {
    ...typeOf('PodDisruptionBudget'), metadata: { name: weekName(week), namespace, labels: weekLabels(week) },
    spec: { maxUnavailable: 1, selector: { matchLabels: weekLabels(week) } },
  } as Manifest;
}

export function horizontalPodAutoscaler({ namespace, replicas }: KubernetesSettings, week: WeekOf): Manifest {
  return {
    ...typeOf('HorizontalPodAutoscaler'), metadata: { name: weekName(week), namespace, labels: weekLabels(week) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: weekName(week) },
      minReplicas: replicas.least,
      maxReplicas: replicas.most,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
    },
  } as Manifest;
}
