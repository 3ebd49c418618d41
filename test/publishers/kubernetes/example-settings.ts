import type { KubernetesSettings } from '../../../src/publishers/kubernetes/settings.ts';

export const exampleSettings: KubernetesSettings = {
  namespace: 'almanac', image: 'example.com/almanac:1', imagePullPolicy: 'IfNotPresent', replicas: { least: 1, most: 3 }, resources: { cpu: '100m', memory: '256Mi' }, port: 8600,
  ingress: { host: 'scores.example.com', className: 'nginx', tlsSecret: 'scores-tls' }, gateway: { name: 'front', namespace: 'infra', host: 'scores.example.com' },
  rolloutSeconds: 120, cassandraPort: 9042, secretFiles: { 'cassandra-password': 'hunter2' },
  endpointConfig: { cassandra: { contactPoints: ['cassandra.data.svc'], credentials: { username: 'almanac', passwordFile: '/run/almanac/cassandra-password' } }, endpoint: { requestsPerMinute: 60 }, properties: {} },
};
