import type { FastifyRequest } from 'fastify';
import type { RequestLine } from '../request-line.ts';
import type { EndpointMetrics } from './metrics.ts';

/** What the line of a request says: who (key id) and what (property, week, release). */
export function auditLine({ observe }: Pick<EndpointMetrics, 'observe'>): RequestLine {
  return {
    observe,
    quiet: new Set(['/healthz', '/readyz', '/metrics']),
    fieldsOf: ({ access, refused }: FastifyRequest) => ({
      keyId: access?.keyId ?? refused?.keyId,
      property: access?.property.property ?? refused?.property,
      week: access?.week.week ?? refused?.week,
      release: access?.release.name,
    }),
  };
}
