import { describe as describeApp, problemAnswers } from '../openapi.ts';
import type { FastifyInstance } from 'fastify';

export function describe(app: FastifyInstance): Promise<void> {
  return describeApp(app, {
    info: { title: 'Almanac predictions', version: '1', description: 'Who is likely to stop, by week. Every week has an address and a key of its own.' },
    securitySchemes: { weekKey: { type: 'http', scheme: 'bearer', bearerFormat: 'almanac_<id>_<secret>' } },
  });
}

/** Problems of a route below a week, for its schema. */
export function describedProblems(...statuses: readonly number[]): Record<string, unknown> {
  return problemAnswers(descriptions, [400, 401, 410, 429, 503, ...statuses]);
}

const descriptions: Readonly<Record<number, string>> = {
  400: 'The request is not understood.',
  401: 'No key, or one that does not open this week: unknown, expired, revoked, or of another week.',
  404: 'No prediction for this person, or no such release.',
  410: 'The week was retired; the Link header names its successor.',
  429: 'The key has used up its requests; Retry-After says when to come back.',
  503: 'The store does not answer.',
};
