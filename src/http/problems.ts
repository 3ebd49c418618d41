import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';

/** What a server may answer with, by the last part of its type. */
export type ProblemTable<Name extends string> = Readonly<Record<Name, { readonly status: number; readonly title: string }>>;

/** What every server of ours meets; each says the rest itself, and may say these in its own words. */
export const commonProblems = {
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'body-too-large': { status: 413, title: 'The request body is too large' },
  'uri-too-long': { status: 414, title: 'The address is too long' },
  'headers-too-large': { status: 431, title: 'The request headers are too large' },
  'internal': { status: 500, title: 'Something went wrong here' },
  'store-unavailable': { status: 503, title: 'The store does not answer; try again shortly' },
} as const satisfies ProblemTable<string>;

const problemType = 'application/problem+json; charset=utf-8';

/** RFC 9457 in the words of a table. */
export function createProblems<Name extends string>(problems: ProblemTable<Name>) {
  /** As text. Members come from us alone: what the client sent is never repeated. */
  const problemBody = (name: Name, more: { title?: string; detail?: string } = {}): string => {
    const { status, title } = problems[name];
    return JSON.stringify({ type: `/problems/${name}`, title, status, ...more });
  };
  return {
    problems,
    problemBody,
    /** Answers with a problem; `body` is what `problemBody` made, for those who made it once for all. */
    sendProblem(reply: FastifyReply, name: Name, body = problemBody(name)): FastifyReply {
      return reply.code(problems[name].status).header('content-type', problemType).header('cache-control', 'no-store').send(body);
    },
    /** A problem as a whole HTTP/1.1 message, for connections that never became a request. */
    rawProblem(name: Name): string {
      const { status } = problems[name];
      const body = problemBody(name);
      return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
    },
  };
}
