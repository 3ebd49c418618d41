import { createServer } from 'node:http';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { createBusinessMetrics } from './business-metrics.ts';
import { createHealthMetrics } from './health-metrics.ts';
import type { Config } from '../config.ts';
import type { HealthState } from '../domain/health/judge-round.ts';
import type { Stores } from './connect.ts';

export interface WorkerMetricsOptions {
  readonly config: Config;
  readonly stores: Pick<Stores, 'activityStore' | 'releaseStore' | 'requestBudget'>;
  readonly readHealth: () => Promise<HealthState | null>;
  readonly isReady: () => boolean;
  readonly sdkMetrics: () => Promise<string>;
  /** How long a scrape waits for the stores. */
  readonly patienceMs?: number;
}

/**
 * `/metrics` (Prometheus: this process, the SDK, and the business: freshness, age of the current release, rows, weeks
 * not accepted, health of the parts) and `/readyz` of a worker. Labels name properties and weeks, never people.
 */
export async function serveWorkerMetrics({ config, stores, readHealth, isReady, sdkMetrics, patienceMs }: WorkerMetricsOptions): Promise<{ stop(): Promise<void> }> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'almanac_worker_' });
  const business = createBusinessMetrics({ registry, config, stores, ...(patienceMs === undefined ? {} : { patienceMs }) });
  const health = createHealthMetrics({ registry, read: readHealth });
  const server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/readyz') return response.writeHead(isReady() ? 200 : 503).end(isReady() ? 'ready\n' : 'starting\n');
      if (request.url !== '/metrics') return response.writeHead(404).end();
      await Promise.all([business.refresh(), health.refresh()]);
      const text = `${await registry.metrics()}\n${await sdkMetrics().catch(() => '')}`;
      return response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    })().catch((error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : 'failed'));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(config.worker.metricsPort, config.worker.metricsHost, resolve));
  return { stop: () => new Promise((resolve) => server.close(() => resolve())) };
}
