import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createAccess } from './access.ts';
import { createAuditHook } from './audit.ts';
import { createBodyLimit } from './body-limit.ts';
import { createClientErrorHandler, createErrorHandler } from './errors.ts';
import { addHealth } from './health.ts';
import { applyToServer, serverOptions, type EndpointLimits } from './limits.ts';
import { createMetrics } from './metrics.ts';
import { describe } from './openapi.ts';
import { sendProblem } from './problems.ts';
import { createRateLimit } from './rate-limit.ts';
import { addRoutes } from './routes.ts';
import type { Logger } from 'pino';
import type { PeopleStore } from '../../ports/people-store.ts';
import type { LiveState } from './live-state.ts';

export interface EndpointAppOptions {
  readonly liveState: LiveState;
  readonly peopleStore: PeopleStore;
  readonly limits: EndpointLimits;
  readonly staleAfterMs: number;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

export interface EndpointApp {
  readonly app: FastifyInstance;
  /** From here on every answer closes its connection and readiness is refused, so that clients go elsewhere. */
  drain(): void;
}

/** The endpoint as an application that does not listen yet. */
export async function createEndpointApp({ liveState, peopleStore, limits, staleAfterMs, logger, nowMs }: EndpointAppOptions): Promise<EndpointApp> {
  let isDraining = false;
  const metrics = createMetrics(liveState);
  const handleError = createErrorHandler(logger);
  const audit = createAuditHook(logger, metrics);
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
    clientErrorHandler: createClientErrorHandler(metrics.refused),
    // Paths that cannot be decoded or are too long are met before any hook, so their audit line is written here, and no body is waited for.
    frameworkErrors: (error, request, reply) => {
      handleError(error, request as FastifyRequest, (reply as FastifyReply).header('connection', 'close'));
      audit(request as FastifyRequest, reply as FastifyReply, () => undefined);
    },
  });
  // One logger for all: the default makes one for each request.
  app.setChildLoggerFactory((parent) => parent);
  applyToServer(app.server, limits);
  app.decorateRequest('access', null);
  app.decorateRequest('refused', null);
  app.addHook('onRequest', createBodyLimit(limits));
  app.addHook('onRequest', (_request, reply, done) => {
    if (isDraining) reply.header('connection', 'close');
    done();
  });
  app.addHook('onResponse', audit);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'));

  await describe(app);
  addHealth(app, { liveState, metrics, staleAfterMs, isDraining: () => isDraining });
  await app.register(async (weeks) => {
    weeks.addHook('onRequest', createAccess({ liveState, limits, allow: createRateLimit(limits.requestsPerMinute), nowMs }));
    addRoutes(weeks, peopleStore);
  });
  return { app, drain: () => { isDraining = true; } };
}
