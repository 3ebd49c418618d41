import { Type } from 'typebox';

/** Pieces that several parts of the configuration are made of. */

export const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
export const clock = (fallback: string) => Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', default: fallback });
export const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65535, default: fallback });
export const closed = { additionalProperties: false };
/** Names and amounts of Kubernetes. */
export const dnsLabel = Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' });
export const quantity = (fallback: string) => Type.String({ pattern: '^\\d+(\\.\\d+)?(m|Ki|Mi|Gi|k|M|G)?$', default: fallback });
const pullPolicy = Type.Union([Type.Literal('Always'), Type.Literal('IfNotPresent'), Type.Literal('Never')], { default: 'IfNotPresent' });

/** What runs in a cluster: where, from which image, and who asks for it. */
export const ofCluster = {
  /** Made by an administrator. */
  namespace: dnsLabel,
  image: Type.String({ minLength: 1 }),
  imagePullPolicy: pullPolicy,
  /** A Secret of the namespace. */
  imagePullSecret: Type.Optional(dnsLabel),
  /** A file; else KUBECONFIG, the one at home, or the account of the pod that the worker runs in. */
  kubeconfig: Type.Optional(Type.String({ minLength: 1 })),
  context: Type.Optional(Type.String({ minLength: 1 })),
} as const;
