import swagger from '@fastify/swagger';
import Type from 'typebox';
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

export const Problem = Type.Object({ type: Type.String(), title: Type.String(), status: Type.Integer(), detail: Type.Optional(Type.String()) });

type Document = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

/** The description of the API, made from the routes' own schemas: what validates and serializes is what is described. */
export async function describe(app: FastifyInstance, { info, securitySchemes }: { info: NonNullable<Document['info']>; securitySchemes: NonNullable<NonNullable<Document['components']>['securitySchemes']> }): Promise<void> {
  await app.register(swagger, { mode: 'dynamic', openapi: { openapi: '3.1.0', info, components: { securitySchemes } } });
  let text = '';
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    text ||= JSON.stringify(app.swagger());
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}

/** Problems of a route, for its schema, in a server's words for each status. */
export function problemAnswers(descriptions: Readonly<Record<number, string>>, statuses: readonly number[]): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: Problem } };
  return Object.fromEntries(statuses.map((status) => [status, { description: descriptions[status], content }]));
}
