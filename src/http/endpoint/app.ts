import { createApp } from '../app.ts';
import { createBodyLimit } from '../body-limit.ts';
import { addOperations } from '../operations.ts';
import { createAccess } from './access.ts';
import { auditLine } from './audit.ts';
import { createClientErrorHandler, errorAnswers } from './errors.ts';
import { createReadiness } from './health.ts';
import { createMetrics } from './metrics.ts';
import { describe } from './openapi.ts';
import { problems, sendProblem } from './problems.ts';
import { createRateLimit } from './rate-limit.ts';
import { addRoutes } from './routes.ts';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { PeopleStore } from '../../ports/people-store.ts';
import type { EndpointLimits } from './limits.ts';
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
  const notFound = (reply: FastifyReply) => sendProblem(reply, 'not-found');
  const app = createApp({
    limits, logger, notFound, errors: errorAnswers, ...auditLine(metrics),
    // No body is waited for.
    onBadPath: (reply) => void reply.header('connection', 'close'),
    clientErrorHandler: createClientErrorHandler(metrics.refused),
  });
  app.decorateRequest('access', null);
  app.decorateRequest('refused', null);
  app.addHook('onRequest', createBodyLimit(limits.bodyBytes));
  app.addHook('onRequest', (_request, reply, done) => {
    if (isDraining) reply.header('connection', 'close');
    done();
  });

  await describe(app);
  addOperations(app, { metrics, problems, notFound, readiness: createReadiness({ liveState, staleAfterMs, isDraining: () => isDraining }) });
  await app.register(async (weeks) => {
    weeks.addHook('onRequest', createAccess({ liveState, limits, allow: createRateLimit(limits.requestsPerMinute), nowMs }));
    addRoutes(weeks, peopleStore);
  });
  return { app, drain: () => { isDraining = true; } };
}
