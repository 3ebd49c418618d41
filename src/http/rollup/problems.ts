import { problemType } from '../endpoint/problems.ts';
import type { FastifyReply } from 'fastify';

/** Every problem the rollup server answers with, by the last part of its type. */
export const problems = {
  'bad-question': { status: 400, title: 'The question is not understood' },
  'bad-reading': { status: 400, title: 'A reading is not right, and nothing of the request was stored' },
  'unauthorized': { status: 401, title: 'This address needs a key: Authorization: Bearer …' },
  'intake-closed': { status: 403, title: 'No readings are taken here: rollupServer.intakeKeyFile is not set' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'rollup-unknown': { status: 404, title: 'There is no rollup of this name' },
  'not-built': { status: 404, title: 'This day has no totals by category' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The body is too large; send fewer readings at once' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'unsupported-media-type': { status: 415, title: 'Readings are application/x-ndjson or application/json' },
  'misdirected': { status: 421, title: 'Without a key to read with, only the names of this machine\'s loopback are answered' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal': { status: 500, title: 'Something went wrong here' },
  'busy': { status: 503, title: 'Too much is asked at once; try again shortly' },
  'store-unavailable': { status: 503, title: 'The store does not answer; try again shortly' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof problems;

/** Answers with RFC 9457. */
export function sendProblem(reply: FastifyReply, name: ProblemName, detail?: string): FastifyReply {
  const { status, title } = problems[name];
  if (status === 503) reply.header('retry-after', '1');
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="almanac rollups"');
  return reply.code(status).header('content-type', problemType).header('cache-control', 'no-store').send(JSON.stringify({ type: `/problems/${name}`, title, status, ...(detail === undefined ? {} : { detail }) }));
}
