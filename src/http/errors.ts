import { Failure } from '../domain/failure.ts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** How a server answers what it meets, in its own problems. */
export interface ErrorAnswers {
  /** What a client sent is not understood. */
  misunderstood(reply: FastifyReply, detail?: string): FastifyReply;
  send(reply: FastifyReply, name: 'uri-too-long' | 'body-too-large' | 'unsupported-media-type' | 'internal'): FastifyReply;
  /** A failure that is an answer; null: it is none. */
  refused?(reply: FastifyReply, failure: Failure): FastifyReply | null;
  /** What passes by itself. */
  unavailable(reply: FastifyReply, failure: Failure): FastifyReply;
}

const MISUNDERSTOOD = new Set(['FST_ERR_BAD_URL', 'FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'FST_ERR_CTP_EMPTY_JSON_BODY', 'FST_ERR_CTP_INVALID_JSON_BODY']);
const byCode: Readonly<Record<string, Parameters<ErrorAnswers['send']>[1]>> = {
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
};

/** Any error as a problem. What a client sent is neither repeated nor logged; of unknown errors the log gets name and place, the client neither. */
export function createErrorHandler(logger: Logger, answers: ErrorAnswers) {
  return function handleError(error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if ('validation' in error && error.validation) return answers.misunderstood(reply, error.message);
    const code = 'code' in error ? String(error.code) : '';
    if (MISUNDERSTOOD.has(code)) return answers.misunderstood(reply);
    if (byCode[code]) return answers.send(reply, byCode[code]);
    if (error instanceof Failure) {
      const refused = answers.refused?.(reply, error) ?? null;
      if (refused !== null) return refused;
      if (!error.isFinal) {
        logger.warn({ failure: error.code }, error.message);
        return answers.unavailable(reply, error);
      }
    }
    logger.error({ failure: error instanceof Failure ? error.code : error.name, place: placesOf(error) }, error instanceof Failure ? error.message : 'a request failed');
    return answers.send(reply, 'internal');
  };
}

/** Where an error came from, without what it said. */
function placesOf(error: Error): string[] {
  return (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).slice(0, 5).map((line) => line.trim());
}
