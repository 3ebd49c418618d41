import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
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
  const seconds = new Histogram({
    name: 'almanac_endpoint_request_seconds', help: 'Time to answer, by route and status', labelNames: ['route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5], registers: [registry],
  });
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
  // Looking labels up costs more than observing: one child for each route and status is kept.
  const children = new Map<string, ReturnType<typeof seconds.labels>>();
  return {
    observe(route, status, value) {
      const name = `${status} ${route}`;
      let child = children.get(name);
      if (!child) children.set(name, (child = seconds.labels(route, String(status))));
      child.observe(value);
    },
    refused: (reason) => refused.inc({ reason }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
