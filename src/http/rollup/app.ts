import { createApp } from '../app.ts';
import { createBodyLimit } from '../body-limit.ts';
import { serverLimits, type ServerLimits } from '../limits.ts';
import { addOperations } from '../operations.ts';
import { errorAnswers } from './errors.ts';
import { addIntake, INTAKE_BYTES, type TakeIn } from './intake.ts';
import { createReadAccess, type RollupKeys } from './keys.ts';
import { createRollupMetrics } from './metrics.ts';
import { describe } from './openapi.ts';
import { addPages } from './pages.ts';
import { problems, sendProblem } from './problems.ts';
import { addReading } from './routes.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RollupReading } from '../../ports/rollup-reading.ts';

export interface RollupAppOptions {
  readonly reading: RollupReading;
  readonly takeIn: TakeIn;
  readonly keys: RollupKeys;
  readonly logger: Logger;
}

const quiet = new Set(['/healthz', '/readyz', '/metrics', '/assets/:name']);
const limits: ServerLimits = { ...serverLimits, requestTimeoutMs: 30_000, connections: 256 };

/** The rollup server as an application that does not listen yet. */
export async function createRollupApp({ reading, takeIn, keys, logger }: RollupAppOptions): Promise<FastifyInstance> {
  const metrics = createRollupMetrics(reading.properties);
  const notFound = (reply: FastifyReply) => sendProblem(reply, 'not-found');
  const app = createApp({ limits, logger, notFound, errors: errorAnswers, observe: metrics.observe, quiet, fieldsOf: (request) => ({ property: propertyOf(request, reading) }) });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff').header('cross-origin-resource-policy', 'same-origin');
    done();
  });

  await describe(app);
  await app.register(async (open) => {
    open.addHook('onRequest', createBodyLimit(0));
    addOperations(open, { metrics, problems, notFound, readiness: () => readiness(reading) });
    addPages(open);
  });
  await app.register(async (read) => {
    read.addHook('onRequest', createBodyLimit(0));
    read.addHook('onRequest', createReadAccess(keys));
    addReading(read, reading);
  });
  await app.register((intake) => addIntake(intake, { keys, settingsOf: (property) => reading.settingsOf(property), takeIn, metrics }), { bodyLimit: INTAKE_BYTES });
  return app;
}

/** Ready when the store answers. */
async function readiness(reading: RollupReading): Promise<{ status: string }> {
  const [first] = reading.properties;
  if (first !== undefined) await reading.readClock(first);
  return { status: 'ready' };
}

/** Of a rollup that there is: a path may hold anything. */
function propertyOf(request: FastifyRequest, reading: RollupReading): string | undefined {
  const { property } = (request.params ?? {}) as { property?: string };
  return property !== undefined && reading.properties.includes(property) ? property : undefined;
}
