import { Type } from 'typebox';
import { closed, port } from './fragments.ts';

/** Who answers for rollups: readings in, series and totals out, pages. */
export const RollupServerSchema = Type.Object({
  /** Of one that runs elsewhere. */
  address: Type.Optional(Type.String({ pattern: '^https?://[^/@]+$' })),
  host: Type.String({ default: '127.0.0.1' }),
  port: port(8604),
  /** The key that sending readings needs is the content of this file, and never stands here. Without one none are taken. */
  intakeKeyFile: Type.Optional(Type.String({ minLength: 1 })),
  /** The key that reading needs; without one whoever reaches this machine's loopback reads, and nobody else can. */
  readKeyFile: Type.Optional(Type.String({ minLength: 1 })),
}, { ...closed, default: {} });
