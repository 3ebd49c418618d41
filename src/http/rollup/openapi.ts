import swagger from '@fastify/swagger';
import { Problem } from '../endpoint/schemas.ts';
import type { FastifyInstance } from 'fastify';

/** The description of the API, made from the routes' own schemas. */
export async function describe(app: FastifyInstance): Promise<void> {
  const key = { type: 'http', scheme: 'bearer' } as const;
  await app.register(swagger, {
    mode: 'dynamic',
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Almanac rollups', version: '1', description: 'Numeric series of members by minute, hour and day, and totals by category. Partial buckets are marked, never left out.' },
      components: { securitySchemes: { readKey: { ...key, description: 'Where rollupServer.readKeyFile is set.' }, intakeKey: { ...key, description: 'The content of rollupServer.intakeKeyFile.' } } },
    },
  });
  let text = '';
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => {
    text ||= JSON.stringify(app.swagger());
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}

/** Problems of a route, for its schema. */
export function describedProblems(...statuses: readonly number[]): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: Problem } };
  return Object.fromEntries(statuses.map((status) => [status, { description: descriptions[status], content }]));
}

const descriptions: Readonly<Record<number, string>> = {
  400: 'A name is none, a range is too large, or a reading is not right; the detail says which and what was expected.',
  401: 'No key, or not the one.',
  403: 'No readings are taken here.',
  404: 'No such rollup, or a day without totals.',
  413: 'The body is too large.',
  415: 'Readings are NDJSON or JSON.',
  503: 'The store does not answer, or too much is asked at once; Retry-After says when to come back.',
};
