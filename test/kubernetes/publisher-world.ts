import { openCluster } from '../../src/kubernetes/cluster.ts';
import { publishing } from '../../src/publishers/kubernetes/names.ts';
import { createKubernetesPublisher, type KubernetesPublisherOptions } from '../../src/publishers/kubernetes/publisher.ts';
import { namespace, type ClusterWorld } from './cluster-world.ts';
import type { KubernetesSettings } from '../../src/publishers/kubernetes/settings.ts';
import type { PublisherWorld } from '../contracts/publisher.contract.ts';

/** Settings as almanac.yaml would give them, for pods that reach the world's Cassandra. */
export function settingsFor(world: PublisherWorld, different: Partial<KubernetesSettings> = {}): KubernetesSettings {
  return {
    namespace, image: 'almanac:1', imagePullPolicy: 'Never', replicas: { least: 1, most: 1 }, resources: { cpu: '100m', memory: '256Mi' }, port: 8600, rolloutSeconds: 60,
    ingress: { host: 'scores.example.com' }, gateway: { name: 'front', host: 'scores.example.com' },
    cassandraPort: 9042, secretFiles: {},
    endpointConfig: { cassandra: { contactPoints: [process.env.ALMANAC_TEST_CASSANDRA], keyspace: world.cassandra.keyspace }, endpoint: {}, properties: {} },
    ...different,
  };
}

/** The plug with the rights of k8s/publisher.yaml and nothing more. */
export function publisherOn(cluster: ClusterWorld, world: PublisherWorld, keyFor: () => Promise<string>, different: { settings?: Partial<KubernetesSettings>; log?: KubernetesPublisherOptions['log']; kubeconfig?: string; requestTimeoutMs?: number } = {}) {
  return createKubernetesPublisher({
    settings: settingsFor(world, different.settings), releaseStore: world.releaseStore, keyStore: world.keyStore, keyFor,
    cluster: openCluster({ ...publishing, kubeconfig: different.kubeconfig ?? cluster.kubeconfigs.publisher, namespace: different.settings?.namespace ?? namespace, requestTimeoutMs: different.requestTimeoutMs ?? 10_000 }),
    // Between "available" and the Service leading there lie seconds, more on a busy machine.
    patience: { waitMs: 10_000, pollMs: 50 }, now: Date.now, log: different.log ?? (() => undefined),
  });
}
