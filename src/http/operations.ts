import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ProblemTable } from './problems.ts';

export interface Operations {
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly problems: ProblemTable<string>;
  readonly notFound: (reply: FastifyReply) => FastifyReply;
  /** The answer of who can do its work; fails, or sends a problem, while it cannot. */
  readonly readiness: (reply: FastifyReply) => unknown;
}

/** For those who run a server: alive, ready, measured, and what the problem types mean. */
export function addOperations(app: FastifyInstance, { metrics, problems, notFound, readiness }: Operations): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', hidden, () => ({ status: 'alive' }));
  app.get('/readyz', hidden, (_request, reply) => readiness(reply));
  app.get('/metrics', hidden, async (_request, reply) => reply.header('content-type', metrics.contentType).send(await metrics.text()));
  app.get<{ Params: { name: string } }>('/problems/:name', hidden, (request, reply) => (Object.hasOwn(problems, request.params.name) ? problems[request.params.name] : notFound(reply)));
}
