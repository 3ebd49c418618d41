import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { createRequestSeconds } from '../request-seconds.ts';
import type { Arrival } from '../../domain/rollup/lateness.ts';

const ARRIVALS: readonly Arrival[] = ['on-time', 'late', 'aside'];

export interface RollupMetrics {
  observe(route: string, status: number, seconds: number): void;
  taken(property: string, readings: Readonly<Record<Arrival, number>>): void;
  /** Readings of a request of which nothing was stored, because one of them is not right. */
  refused(property: string, readings: number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Labels are routes, statuses and names of rollups that there are: never a member, who may be a person, never a key. */
export function createRollupMetrics(properties: readonly string[]): RollupMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const readings = new Counter({ name: 'almanac_rollup_readings_total', help: 'Readings that were sent, by what became of them; one that is sent twice counts twice', labelNames: ['property', 'outcome'], registers: [registry] });
  // From the start at nought: what appears with its first reading has no rate at that reading.
  for (const property of properties) for (const outcome of [...ARRIVALS, 'refused']) readings.inc({ property, outcome }, 0);
  return {
    observe: createRequestSeconds(registry, 'almanac_rollup_request_seconds'),
    taken(property, counts) {
      for (const outcome of ARRIVALS) readings.inc({ property, outcome }, counts[outcome]);
    },
    refused: (property, count) => readings.inc({ property, outcome: 'refused' }, count),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
