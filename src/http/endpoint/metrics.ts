import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createRequestSeconds } from '../request-seconds.ts';
import type { LiveState } from './live-state.ts';

export interface EndpointMetrics {
  observe(route: string, status: number, seconds: number): void;
  /** A connection that never became a request. */
  refused(reason: string): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Labels are routes, statuses and properties: never a person, never a key. */
export function createMetrics(liveState: LiveState): EndpointMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const observe = createRequestSeconds(registry, 'almanac_endpoint_request_seconds');
  const refused = new Counter({ name: 'almanac_endpoint_refused_connections_total', help: 'Connections cut before they became a request', labelNames: ['reason'], registers: [registry] });
  new Gauge({ name: 'almanac_endpoint_state_age_seconds', help: 'Since the releases were last seen', registers: [registry], collect() { this.set(liveState.ageMs() / 1000); } });
  new Gauge({
    name: 'almanac_endpoint_live_weeks', help: 'Weeks that answer', labelNames: ['property'], registers: [registry],
    collect() {
      this.reset();
      for (const { property, weeks } of liveState.snapshot?.values() ?? []) this.set({ property }, [...weeks.values()].filter(({ live }) => live !== null).length);
    },
  });
  new Gauge({
    name: 'almanac_endpoint_current_as_of_seconds', help: 'Data cut of the current release, as seconds since 1970', labelNames: ['property'], registers: [registry],
    collect() {
      this.reset();
      for (const { property, weeks, current } of liveState.snapshot?.values() ?? []) {
        const asOf = current && weeks.get(current.week)?.live?.release.asOf;
        if (asOf) this.set({ property }, Date.parse(asOf) / 1000);
      }
    },
  });
  return {
    observe,
    refused: (reason) => refused.inc({ reason }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
