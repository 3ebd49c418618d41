import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createBodyLimit } from '../endpoint/body-limit.ts';
import { applyToServer, serverOptions, standardLimits, type EndpointLimits } from '../endpoint/limits.ts';
import { createErrorHandler } from './errors.ts';
import { addIntake, INTAKE_BYTES, type TakeIn } from './intake.ts';
import { createReadAccess, type RollupKeys } from './keys.ts';
import { createRollupMetrics, type RollupMetrics } from './metrics.ts';
import { describe } from './openapi.ts';
import { addPages } from './pages.ts';
import { problems, sendProblem, type ProblemName } from './problems.ts';
import { addReading } from './routes.ts';
import type { Logger } from 'pino';
import type { RollupReading } from '../../ports/rollup-reading.ts';

export interface RollupAppOptions {
  readonly reading: RollupReading;
  readonly takeIn: TakeIn;
  readonly keys: RollupKeys;
  readonly logger: Logger;
}

const quiet = new Set(['/healthz', '/readyz', '/metrics', '/assets/:name']);
const limits: EndpointLimits = { ...standardLimits, requestTimeoutMs: 30_000, connections: 256 };

/** The rollup server as an application that does not listen yet. */
export async function createRollupApp({ reading, takeIn, keys, logger }: RollupAppOptions): Promise<FastifyInstance> {
  const metrics = createRollupMetrics(reading.properties);
  const handleError = createErrorHandler(logger);
  const app = fastify({
    ...serverOptions(limits),
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: false,
    ajv: { customOptions: { removeAdditional: false } },
    // Paths that cannot be decoded or are too long are met before any hook.
    frameworkErrors: (error, request, reply) => {
      handleError(error, request as FastifyRequest, reply as FastifyReply);
      metrics.observe('none', (reply as FastifyReply).statusCode, (reply as FastifyReply).elapsedTime / 1000);
    },
  });
  app.setChildLoggerFactory((parent) => parent);
  applyToServer(app.server, limits);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff').header('cross-origin-resource-policy', 'same-origin');
    done();
  });
  // Never the address as it was sent: it holds members, and they may be people.
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.observe(route, reply.statusCode, reply.elapsedTime / 1000);
    if (!quiet.has(route)) logger.info({ property: propertyOf(request, reading), route, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 100) / 100 }, 'request');
    done();
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 'not-found'));

  await describe(app);
  await app.register(async (open) => {
    open.addHook('onRequest', createBodyLimit({ ...limits, bodyBytes: 0 }));
    addHealth(open, reading, metrics);
    addPages(open);
  });
  await app.register(async (read) => {
    read.addHook('onRequest', createBodyLimit({ ...limits, bodyBytes: 0 }));
    read.addHook('onRequest', createReadAccess(keys));
    addReading(read, reading);
  });
  await app.register((intake) => addIntake(intake, { keys, settingsOf: (property) => reading.settingsOf(property), takeIn, metrics }), { bodyLimit: INTAKE_BYTES });
  return app;
}

/** For those who run it: alive, ready when the store answers, and measured. */
function addHealth(app: FastifyInstance, reading: RollupReading, metrics: RollupMetrics): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', hidden, () => ({ status: 'alive' }));
  app.get('/readyz', hidden, async () => {
    const [first] = reading.properties;
    if (first !== undefined) await reading.readClock(first);
    return { status: 'ready' };
  });
  app.get('/metrics', hidden, async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()));
  app.get<{ Params: { name: string } }>('/problems/:name', hidden, (request, reply) =>
    (Object.hasOwn(problems, request.params.name) ? problems[request.params.name as ProblemName] : sendProblem(reply, 'not-found')));
}

/** Of a rollup that there is: a path may hold anything. */
function propertyOf(request: FastifyRequest, reading: RollupReading): string | undefined {
  const { property } = (request.params ?? {}) as { property?: string };
  return property !== undefined && reading.properties.includes(property) ? property : undefined;
}
