import { Type } from 'typebox';
import { closed, dnsLabel } from './fragments.ts';

/** What may be looked at: `sources` and `clock` are one part for each property and each rollup. */
export const healthParts = ['cassandra', 'temporal', 'endpoint', 'model-server', 'rollup-server', 'sources', 'clock'] as const;

const ofSupervisor = Type.Object({ kind: Type.Literal('supervisor') }, closed);
const ofKubernetes = Type.Object({
  kind: Type.Literal('kubernetes'),
  /** With the rights of k8s/publisher.yaml. */
  namespace: dnsLabel,
  kubeconfig: Type.Optional(Type.String({ minLength: 1 })),
  context: Type.Optional(Type.String({ minLength: 1 })),
  /** Deployments by the part that they run; what is not named here is told, and not started again. */
  deployments: Type.Object({
    endpoint: Type.String({ minLength: 1, default: 'almanac-endpoint' }),
    'model-server': Type.String({ minLength: 1, default: 'almanac-model-server' }),
    'rollup-server': Type.String({ minLength: 1, default: 'almanac-rollup-server' }),
  }, { ...closed, default: {} }),
}, closed);

const ofNobody = Type.Object({
  kind: Type.Literal('nobody'),
  /** What people are told to do, with the part for `{part}`. */
  command: Type.Optional(Type.String({ minLength: 1, maxLength: 120 })),
}, closed);

/** The shapes of `health.restarts` by its `kind`. */
export const RestartSchemas = { supervisor: ofSupervisor, kubernetes: ofKubernetes, nobody: ofNobody } as const;

export const HealthSchema = Type.Object({
  paused: Type.Boolean({ default: false }),
  everyMinutes: Type.Integer({ minimum: 1, maximum: 30, default: 1 }),
  /** How long one look may take. */
  timeoutSeconds: Type.Integer({ minimum: 1, maximum: 20, default: 5 }),
  /** Looks in a row that must fail before a part counts as not answering, and that must be good before it counts as well again. */
  failures: Type.Integer({ minimum: 1, maximum: 60, default: 3 }),
  calm: Type.Integer({ minimum: 1, maximum: 120, default: 10 }),
  /** Of one part; 0 only tells. */
  mostRestartsPerHour: Type.Integer({ minimum: 0, maximum: 20, default: 3 }),
  /** How long a restart is given to help, doubled with each further one. */
  settleSeconds: Type.Integer({ minimum: 1, maximum: 3600, default: 120 }),
  /** A source is asked less often: some ask money or quota for it. */
  sourcesEveryMinutes: Type.Integer({ minimum: 1, maximum: 1440, default: 60 }),
  /** How old the newest closed minute of a rollup may be. */
  clockLagMinutes: Type.Integer({ minimum: 2, maximum: 1440, default: 15 }),
  parts: Type.Array(Type.Enum([...healthParts]), { default: [...healthParts], uniqueItems: true }),
  /** Who starts again what does not answer: the supervisor of `npm start`, the cluster, or nobody: then people are told, and no more. */
  restarts: Type.Union([ofSupervisor, ofKubernetes, ofNobody], { default: { kind: 'supervisor' } }),
}, { ...closed, default: {} });
