import { keyThatOpens } from '../../activities/publish/index.ts';
import { Failure } from '../domain/failure.ts';
import { openCluster, type Cluster } from '../kubernetes/cluster.ts';
import { createEmbeddedPublisher } from '../publishers/embedded.ts';
import { secretFolder } from '../publishers/kubernetes/manifests/workload.ts';
import { publishing, weekAddress } from '../publishers/kubernetes/names.ts';
import { createKubernetesPublisher } from '../publishers/kubernetes/publisher.ts';
import { passwordIn } from './connect.ts';
import type { Config } from '../config.ts';
import type { PublisherConfig } from '../config/schema.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { KubernetesSettings } from '../publishers/kubernetes/settings.ts';
import type { Stores } from './connect.ts';

type KubernetesConfig = Extract<PublisherConfig, { kind: 'kubernetes' }>;

const passwordName = 'cassandra-password';

/** The publisher that the configuration chose. `log` is told once what a cluster does without. */
export function createPublisher(config: Config, stores: Pick<Stores, 'keyStore' | 'keyVault' | 'releaseStore'>, log: (sentence: string) => void): Publisher {
  const { publisher } = config;
  const said = new Set<string>();
  const logOnce = (sentence: string): void => {
    if (!said.has(sentence)) log(sentence);
    said.add(sentence);
  };
  const shared = { keyFor: (week: { property: string; week: string }) => keyThatOpens(stores, week) };
  switch (publisher.kind) {
    case 'embedded':
      return createEmbeddedPublisher({ ...shared, baseUrl: endpointAddress(config), waitMs: 20_000, pollMs: 200 });
    case 'kubernetes':
      return createKubernetesPublisher({
        ...shared, settings: kubernetesSettings(config, publisher), releaseStore: stores.releaseStore, keyStore: stores.keyStore,
        cluster: clusterOf(publisher, 10_000),
        patience: { waitMs: 20_000, pollMs: 200 }, now: Date.now, log: logOnce,
      });
  }
}

export function clusterOf({ kubeconfig, context, namespace }: KubernetesConfig, requestTimeoutMs: number): Cluster {
  return openCluster({ ...publishing, kubeconfig, context, namespace, requestTimeoutMs });
}

/** What people are told of a week's address; asks nobody. */
export function addressOfWeek(config: Config): Publisher['addressOf'] {
  const { publisher } = config;
  if (publisher.kind === 'kubernetes') return (week) => weekAddress(publisher, week);
  return ({ property, week }) => `${endpointAddress(config)}/${encodeURIComponent(property)}/${week}`;
}

/** Of the one process that serves every week, where there is one. */
export function endpointAddress({ endpoint }: Config): string {
  return endpoint.address ?? `http://${endpoint.host}:${endpoint.port}`;
}

/** Of the process that answers for rollups. One that listens everywhere is asked here. */
export function rollupServerAddress({ rollupServer: { address, host, port } }: Pick<Config, 'rollupServer'>): string {
  return address ?? `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Pods read their settings from a file of the same shape as ours, with what they need of it. */
function kubernetesSettings({ cassandra, endpoint }: Config, publisher: KubernetesConfig): KubernetesSettings {
  const { credentials, contactPoints, port, keyspace, localDataCenter, replicationFactor } = cassandra;
  const points = publisher.cassandra ?? contactPoints ?? [];
  if (points.length === 0) throw new Failure('bad-configuration', 'publisher.cassandra is missing: expected how pods reach Cassandra, such as [cassandra.data.svc:9042]');
  const podCredentials = credentials && { username: credentials.username, passwordFile: `${secretFolder}/${passwordName}` };
  return {
    namespace: publisher.namespace, image: publisher.image, imagePullPolicy: publisher.imagePullPolicy, imagePullSecret: publisher.imagePullSecret,
    replicas: publisher.replicas, resources: publisher.resources, port: 8600, address: publisher.address, ingress: publisher.ingress, gateway: publisher.gateway, rolloutSeconds: publisher.rolloutSeconds,
    cassandraPort: Number(points[0]?.split(':')[1] ?? port),
    secretFiles: credentials ? { [passwordName]: passwordIn(credentials.passwordFile) } : {},
    endpointConfig: {
      cassandra: { contactPoints: points, port, keyspace, localDataCenter, replicationFactor, ...(podCredentials ? { credentials: podCredentials } : {}) },
      endpoint: { requestsPerMinute: endpoint.requestsPerMinute, keyGraceHours: endpoint.keyGraceHours },
      properties: {},
    },
  };
}
