import { Failure } from '../../domain/failure.ts';
import { placesOf } from '../endpoint/errors.ts';
import { sendProblem, type ProblemName } from './problems.ts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

const byCode: Readonly<Record<string, ProblemName>> = {
  FST_ERR_BAD_URL: 'bad-question',
  FST_ERR_MAX_PARAM_LENGTH: 'uri-too-long',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad-question',
};

/** Any error as a problem; of unknown errors the log gets name and place, the client neither. */
export function createErrorHandler(logger: Logger) {
  return function handleError(error: FastifyError | Error, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if ('validation' in error && error.validation) return sendProblem(reply, 'bad-question', error.message);
    const name = 'code' in error ? byCode[String(error.code)] : undefined;
    if (name) return sendProblem(reply, name);
    if (error instanceof Failure) {
      if (error.code === 'bad-argument') return sendProblem(reply, 'bad-question', error.message);
      if (error.code === 'property-unknown') return sendProblem(reply, 'rollup-unknown', error.message);
      if (!error.isFinal) {
        logger.warn({ failure: error.code }, error.message);
        return sendProblem(reply, error.code === 'busy' ? 'busy' : 'store-unavailable');
      }
    }
    logger.error({ failure: error instanceof Failure ? error.code : error.name, place: placesOf(error) }, error instanceof Failure ? error.message : 'a request failed');
    return sendProblem(reply, 'internal');
  };
}
