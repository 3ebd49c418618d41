import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { EndpointMetrics } from './metrics.ts';

const quiet = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * One line a request: who (key id), what (property, week, release, route pattern), how it went. Never the address as it
 * was sent, since paths and queries hold people and cursors; never a key.
 */
export function createAuditHook(logger: Logger, metrics: EndpointMetrics) {
  return function audit(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const route = request.routeOptions.url ?? 'none';
    const ms = reply.elapsedTime;
    metrics.observe(route, reply.statusCode, ms / 1000);
    if (!quiet.has(route)) {
      const { access, refused } = request;
      logger.info({
        keyId: access?.keyId ?? refused?.keyId,
        property: access?.property.property ?? refused?.property,
        week: access?.week.week ?? refused?.week,
        release: access?.release.name,
        route,
        status: reply.statusCode,
        ms: Math.round(ms * 100) / 100,
      }, 'request');
    }
    done();
  };
}
