import { describe as describeApp, problemAnswers } from '../openapi.ts';
import type { FastifyInstance } from 'fastify';

export function describe(app: FastifyInstance): Promise<void> {
  const key = { type: 'http', scheme: 'bearer' } as const;
  return describeApp(app, {
    info: { title: 'Almanac rollups', version: '1', description: 'Numeric series of members by minute, hour and day, and totals by category. Partial buckets are marked, never left out.' },
    securitySchemes: { readKey: { ...key, description: 'Where rollupServer.readKeyFile is set.' }, intakeKey: { ...key, description: 'The content of rollupServer.intakeKeyFile.' } },
  });
}

/** Problems of a route, for its schema. */
export function describedProblems(...statuses: readonly number[]): Record<string, unknown> {
  return problemAnswers(descriptions, statuses);
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
