import { commonProblems, createProblems } from './problems.ts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

const { sendProblem } = createProblems(commonProblems);

/**
 * The first hook of addresses that take no body: one that is larger than the limit, or does not say how large it is, ends the
 * connection unread. The framework's own limit counts only what it reads, which of a GET is nothing.
 */
export function createBodyLimit(bodyBytes: number) {
  return function limitBody(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { 'content-length': bytes = '0', 'transfer-encoding': encoding } = request.headers;
    if (encoding === undefined && Number(bytes) <= bodyBytes) done();
    else sendProblem(reply.header('connection', 'close'), 'body-too-large');
  };
}
