import { hash } from 'node:crypto';
import { hasAnswer } from '../if-none-match.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReleaseView } from './snapshot.ts';

/** A release never changes, so release and what was asked of it name the answer. The user id goes in as a hash. */
export function etagOf({ name, release }: ReleaseView, asked: string): string {
  return `"${name}-${hash('sha256', `${release.property}\n${release.modelId}\n${asked}`, 'base64url').slice(0, 16)}"`;
}

/** Sets what caches need and says whether the client already has the answer. */
export function isKnown(request: FastifyRequest, reply: FastifyReply, etag: string): boolean {
  reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'authorization, almanac-release');
  return hasAnswer(request, etag);
}
