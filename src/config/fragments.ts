import { Type } from 'typebox';

/** Pieces that several parts of the configuration are made of. */

export const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
export const clock = (fallback: string) => Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', default: fallback });
export const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65535, default: fallback });
export const closed = { additionalProperties: false };
/** Names and amounts of Kubernetes. */
export const dnsLabel = Type.String({ pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' });
export const quantity = (fallback: string) => Type.String({ pattern: '^\\d+(\\.\\d+)?(m|Ki|Mi|Gi|k|M|G)?$', default: fallback });
export const pullPolicy = Type.Union([Type.Literal('Always'), Type.Literal('IfNotPresent'), Type.Literal('Never')], { default: 'IfNotPresent' });
