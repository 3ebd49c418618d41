import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Every problem the endpoint answers with, by the last part of its type. */
export const problems = {
  'unauthorized': { status: 401, title: 'This address needs its own key: Authorization: Bearer almanac_…' },
  'not-scored': { status: 404, title: 'No prediction for this person' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'release-unknown': { status: 404, title: 'The release named in almanac-release cannot be reached here' },
  'week-retired': { status: 410, title: 'This week is no longer served' },
  'bad-request': { status: 400, title: 'The request is not understood' },
  'bad-cursor': { status: 400, title: 'The cursor does not belong to this address; start the walk again without one' },
  'too-many-requests': { status: 429, title: 'This key has used up its requests for now' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'This address takes no body' },
  'store-unavailable': { status: 503, title: 'The store does not answer; try again shortly' },
  'not-ready': { status: 503, title: 'The endpoint does not know yet, or not any more, what is live' },
  'internal': { status: 500, title: 'Something went wrong here' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof problems;

export const problemType = 'application/problem+json; charset=utf-8';

/** RFC 9457 as text. Members come from us alone: what the client sent is never repeated. */
export function problemBody(name: ProblemName, more: { title?: string; detail?: string } = {}): string {
  const { status, title } = problems[name];
  return JSON.stringify({ type: `/problems/${name}`, title, status, ...more });
}

/** Answers with a problem; `body` is what `problemBody` made, for those who made it once for all. */
export function sendProblem(reply: FastifyReply, name: ProblemName, body = problemBody(name)): FastifyReply {
  return reply.code(problems[name].status).header('content-type', problemType).header('cache-control', 'no-store').send(body);
}

/** A problem as a whole HTTP/1.1 message, for connections that never became a request. */
export function rawProblem(name: ProblemName): string {
  const { status } = problems[name];
  const body = problemBody(name);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
