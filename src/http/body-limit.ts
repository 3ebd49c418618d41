import { sendProblem } from './problems.ts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { EndpointLimits } from './limits.ts';

/**
 * The first hook of all: a body that is larger than the limit, or does not say how large it is, ends the connection unread.
 * No address here takes a body, and the framework's own limit counts only what it reads, which of a GET is nothing.
 */
export function createBodyLimit({ bodyBytes }: EndpointLimits) {
  return function limitBody(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    const { 'content-length': bytes = '0', 'transfer-encoding': encoding } = request.headers;
    if (encoding === undefined && Number(bytes) <= bodyBytes) done();
    else sendProblem(reply.header('connection', 'close'), 'body-too-large');
  };
}
