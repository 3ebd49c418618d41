import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify';
import { createErrorHandler, type ErrorAnswers } from './errors.ts';
import { applyToServer, serverOptions, type ServerLimits } from './limits.ts';
import { createRequestLine, type RequestLine } from './request-line.ts';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Logger } from 'pino';

export interface AppOptions extends RequestLine {
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly errors: ErrorAnswers;
  readonly notFound: (reply: FastifyReply) => FastifyReply;
  /** Before a path that cannot be decoded, or is too long, is answered: no hook has met it. */
  readonly onBadPath?: (reply: FastifyReply) => void;
  readonly clientErrorHandler?: FastifyServerOptions<Server>['clientErrorHandler'];
}

/** An application that does not listen yet: bounded, every error a problem, every answer observed. Its routes are the caller's. */
export function createApp({ limits, logger, errors, notFound, onBadPath, clientErrorHandler, ...line }: AppOptions): FastifyInstance {
  const handleError = createErrorHandler(logger, errors);
  const writeLine = createRequestLine(logger, line);
  const app = fastify({
    ...serverOptions(limits),
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // Requests that arrive on open connections while closing are still answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: false,
    // A misspelt parameter is refused rather than dropped.
    ajv: { customOptions: { removeAdditional: false } },
    ...(clientErrorHandler === undefined ? {} : { clientErrorHandler }),
    // Met before any hook, so its line is written here.
    frameworkErrors: (error, request, reply) => {
      onBadPath?.(reply as FastifyReply);
      handleError(error, request as FastifyRequest, reply as FastifyReply);
      writeLine(request as FastifyRequest, reply as FastifyReply, () => undefined);
    },
  });
  // One logger for all: the default makes one for each request.
  app.setChildLoggerFactory((parent) => parent);
  applyToServer(app.server, limits);
  app.addHook('onResponse', writeLine);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => notFound(reply));
  return app;
}

/** Where an application that listens is reached. */
export function urlOf({ server }: FastifyInstance): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
