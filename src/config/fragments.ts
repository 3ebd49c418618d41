import { Type } from 'typebox';

/** Pieces that several parts of the configuration are made of. */

export const day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
export const clock = (fallback: string) => Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', default: fallback });
export const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65535, default: fallback });
export const closed = { additionalProperties: false };
