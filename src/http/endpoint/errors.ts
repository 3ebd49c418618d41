import { problemBody, rawProblem, sendProblem, type ProblemName } from './problems.ts';
import type { Socket } from 'node:net';
import type { ErrorAnswers } from '../errors.ts';

export const errorAnswers: ErrorAnswers = {
  misunderstood: (reply, detail) => sendProblem(reply, 'bad-request', problemBody('bad-request', detail === undefined ? {} : { detail })),
  send: (reply, name) => sendProblem(reply, name),
  unavailable: (reply) => sendProblem(reply.header('retry-after', '1'), 'store-unavailable'),
};

/** Answers connections that never became a request: headers too large or too slow, not HTTP at all. */
export function createClientErrorHandler(onRefused: (reason: string) => void) {
  return function handleClientError(error: Error & { code?: string }, socket: Socket): void {
    const name: ProblemName = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request-timeout' : 'bad-request';
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    onRefused(name);
    socket.end(rawProblem(name));
    // The other side may go on sending for ever: what was to be said was said.
    setTimeout(() => socket.destroy(), 1_000).unref();
  };
}
