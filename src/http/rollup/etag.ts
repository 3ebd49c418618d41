import { hash } from 'node:crypto';
import { hasAnswer } from '../if-none-match.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends JSON under a tag made from its content, or says that the client has it already. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, answer: unknown): FastifyReply {
  const etag = `"${hash('sha256', JSON.stringify(answer), 'base64url').slice(0, 22)}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'authorization');
  return hasAnswer(request, etag) ? reply.code(304).send() : reply.send(answer);
}
