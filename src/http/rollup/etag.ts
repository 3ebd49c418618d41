import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends JSON under a tag made from its content, or says that the client has it already. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, answer: unknown): FastifyReply {
  const etag = `"${hash('sha256', JSON.stringify(answer), 'base64url').slice(0, 22)}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'authorization');
  const known = request.headers['if-none-match'];
  const isKnown = known !== undefined && (known.trim() === '*' || known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag));
  return isKnown ? reply.code(304).send() : reply.send(answer);
}
