import swagger from '@fastify/swagger';
import { Problem } from './schemas.ts';
import type { FastifyInstance } from 'fastify';

/** The description of the API, made from the routes' own schemas: what validates and serializes is what is described. */
export async function describe(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    mode: 'dynamic',
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Almanac predictions', version: '1', description: 'Who is likely to stop, by week. Every week has an address and a key of its own.' },
      components: { securitySchemes: { weekKey: { type: 'http', scheme: 'bearer', bearerFormat: 'almanac_<id>_<secret>' } } },
    },
  });
  let text = '';
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    text ||= JSON.stringify(app.swagger());
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}

/** Security and problems of a route below a week, for its schema. */
export function describedProblems(...statuses: readonly number[]): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: Problem } };
  return Object.fromEntries([400, 401, 410, 429, 503, ...statuses].map((status) => [status, { description: descriptions[status], content }]));
}

const descriptions: Record<number, string> = {
  400: 'The request is not understood.',
  401: 'No key, or one that does not open this week: unknown, expired, revoked, or of another week.',
  404: 'No prediction for this person, or no such release.',
  410: 'The week was retired; the Link header names its successor.',
  429: 'The key has used up its requests; Retry-After says when to come back.',
  503: 'The store does not answer.',
};
