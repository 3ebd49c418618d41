import type { FastifyRequest } from 'fastify';

/** Whether the client has the answer with this tag (RFC 9110, 13.1.2: weak comparison). */
export function hasAnswer({ headers: { 'if-none-match': known } }: FastifyRequest, etag: string): boolean {
  return known !== undefined && (known.trim() === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag));
}
