import { Failure } from '../../domain/failure.ts';
import { problemBody, rawProblem, sendProblem, type ProblemName } from './problems.ts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Socket } from 'node:net';

const byCode: Record<string, ProblemName> = {
  FST_ERR_BAD_URL: 'bad-request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad-request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'bad-request',
};

/** Any error as a problem. What a client sent is neither repeated nor logged; of unknown errors the log gets name and place. */
export function createErrorHandler(logger: Logger) {
  return function handleError(error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if ('validation' in error && error.validation) return sendProblem(reply, 'bad-request', problemBody('bad-request', { detail: error.message }));
    const name = 'code' in error ? byCode[String(error.code)] : undefined;
    if (name) return sendProblem(reply, name);
    if (error instanceof Failure && !error.isFinal) {
      logger.warn({ failure: error.code }, error.message);
      return sendProblem(reply.header('retry-after', '1'), 'store-unavailable');
    }
    logger.error({ failure: error instanceof Failure ? error.code : error.name, place: placesOf(error) }, error instanceof Failure ? error.message : 'a request failed');
    return sendProblem(reply, 'internal');
  };
}

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

/** Where an error came from, without what it said. */
export function placesOf(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).slice(0, 5).map((line) => line.trim());
}
