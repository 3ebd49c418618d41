import { Type } from 'typebox';
import { closed, dnsLabel, ofCluster, quantity } from './fragments.ts';

const EmbeddedPublisher = Type.Object({ kind: Type.Literal('embedded') }, closed);
const hostName = Type.String({ pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$' });
const KubernetesPublisher = Type.Object({
  kind: Type.Literal('kubernetes'),
  /** With the rights of k8s/publisher.yaml; the image runs the role `endpoint`. */
  ...ofCluster,
  /** Pods of one week; with `most` above `least` an autoscaler decides. */
  replicas: Type.Object({ least: Type.Integer({ minimum: 1, maximum: 100, default: 1 }), most: Type.Integer({ minimum: 1, maximum: 100, default: 1 }) }, { ...closed, default: {} }),
  resources: Type.Object({ cpu: quantity('100m'), memory: quantity('256Mi') }, { ...closed, default: {} }),
  /** What people are told, `https://scores.example.com`; the Service's name in the cluster unless said. */
  address: Type.Optional(Type.String({ pattern: '^https?://[^/@]+$' })),
  ingress: Type.Optional(Type.Object({ host: hostName, className: Type.Optional(dnsLabel), tlsSecret: Type.Optional(dnsLabel) }, closed)),
  gateway: Type.Optional(Type.Object({ name: dnsLabel, namespace: Type.Optional(dnsLabel), host: hostName }, closed)),
  /** How pods reach Cassandra, `host` or `host:port`; as the worker does unless said. */
  cassandra: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
  /** How long pods may take to become ready. */
  rolloutSeconds: Type.Integer({ minimum: 5, maximum: 480, default: 120 }),
}, closed);

/** The shapes of `publisher` by its `kind`. */
export const PublisherSchemas = { embedded: EmbeddedPublisher, kubernetes: KubernetesPublisher } as const;

/** Where weeks are served. `embedded`: one endpoint process for all, started with the worker. */
export const PublisherSchema = Type.Union([EmbeddedPublisher, KubernetesPublisher], { default: { kind: 'embedded' } });
