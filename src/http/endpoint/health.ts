import { problemBody, problems, sendProblem, type ProblemName } from './problems.ts';
import type { FastifyInstance } from 'fastify';
import type { LiveState } from './live-state.ts';
import type { EndpointMetrics } from './metrics.ts';

export interface HealthOptions {
  readonly liveState: LiveState;
  readonly metrics: EndpointMetrics;
  /** After this long without a look at the releases the endpoint says it is not ready, and goes on serving what it knows. */
  readonly staleAfterMs: number;
  readonly isDraining: () => boolean;
}

/** For those who run the endpoint: alive, ready, measured, and what the problem types mean. */
export function addHealth(app: FastifyInstance, { liveState, metrics, staleAfterMs, isDraining }: HealthOptions): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', hidden, () => ({ status: 'alive' }));
  app.get('/readyz', hidden, (_request, reply) => {
    const ageMs = liveState.ageMs();
    if (isDraining()) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: 'shutting down' }));
    if (liveState.snapshot === null) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: 'the releases have not been seen yet' }));
    if (ageMs > staleAfterMs) return sendProblem(reply, 'not-ready', problemBody('not-ready', { detail: `the releases were last seen ${Math.round(ageMs / 1000)} s ago; what was live then is still served` }));
    return { status: 'ready', stateAgeMs: Math.round(ageMs) };
  });
  app.get('/metrics', hidden, async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()));
  app.get<{ Params: { name: string } }>('/problems/:name', hidden, (request, reply) => {
    const problem = Object.hasOwn(problems, request.params.name) ? problems[request.params.name as ProblemName] : null;
    return problem ?? sendProblem(reply, 'not-found');
  });
}
