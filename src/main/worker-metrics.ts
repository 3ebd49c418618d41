import { createServer } from 'node:http';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { isSettled } from '../domain/activity/manifest.ts';
import { checkCounts, latestChecks, weekChecks } from './check-metrics.ts';
import { addDays, dayOf, startOfDay } from '../domain/calendar/day.ts';
import type { Config } from '../config.ts';
import type { Stores } from './connect.ts';

const US_PER_SECOND = 1_000_000;
const LOOK_BACK_DAYS = 400;

/**
 * `/metrics` (Prometheus: this process, the SDK, and the business: freshness, age of the current release, rows, weeks
 * not accepted) and `/readyz` of a worker. Labels name properties and weeks, never people.
 */
export async function serveWorkerMetrics(options: { config: Config; stores: Stores; isReady: () => boolean; sdkMetrics: () => Promise<string> }): Promise<{ stop(): Promise<void> }> {
  const { config, stores, isReady, sdkMetrics } = options;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'almanac_worker_' });
  const business = businessGauges(registry);
  const server = createServer((request, response) => {
    void (async () => {
      if (request.url === '/readyz') return response.writeHead(isReady() ? 200 : 503).end(isReady() ? 'ready\n' : 'starting\n');
      if (request.url !== '/metrics') return response.writeHead(404).end();
      await refresh(business, config, stores);
      const text = `${await registry.metrics()}\n${await sdkMetrics().catch(() => '')}`;
      return response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    })().catch((error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : 'failed'));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(config.worker.metricsPort, '127.0.0.1', resolve));
  return { stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

function businessGauges(registry: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['property'], registers: [registry] });
  return {
    finalDayAge: gauge('almanac_last_final_day_age_seconds', 'Seconds since the end of the last final day'),
    releaseAge: gauge('almanac_current_release_age_seconds', 'Seconds since the cut (T) of the current release'),
    rows: gauge('almanac_current_release_rows', 'People scored in the current release'),
    events: gauge('almanac_last_final_day_rows', 'Events of the last final day'),
    notAccepted: gauge('almanac_weeks_not_accepted', 'Live weeks that keep an older model because theirs was not accepted'),
    stale: gauge('almanac_weeks_stale', 'Weeks built from a day that changed later'),
    checks: new Gauge({ name: 'almanac_checks', help: 'Days of the last four weeks, and the current and next week, of which a check warns or fails', labelNames: ['property', 'check', 'level'], registers: [registry] }),
  };
}

async function refresh(gauges: ReturnType<typeof businessGauges>, config: Config, { activityStore, releaseStore }: Stores): Promise<void> {
  const nowUs = Date.now() * 1000;
  gauges.checks.reset();
  for (const [property, { timeZone, calendar }] of Object.entries(config.properties)) {
    const today = dayOf(nowUs, timeZone);
    const last = calendar.lastDay !== undefined && calendar.lastDay < today ? calendar.lastDay : today;
    const days = await activityStore.readDays(property, addDays(last, -LOOK_BACK_DAYS), last);
    const final = days.findLast(({ state }) => isSettled(state));
    if (final) gauges.finalDayAge.set({ property }, (nowUs - startOfDay(addDays(final.day, 1), timeZone)) / US_PER_SECOND);
    if (final) gauges.events.set({ property }, final.rows);
    const live = (await releaseStore.listWeeks(property)).filter(({ service }) => service?.state === 'live');
    const current = live.at(-1)?.release;
    const checks = [...latestChecks(days, last), ...(current ? await weekChecks(releaseStore, property, current.week) : [])];
    for (const { check, level, count } of checkCounts(checks)) gauges.checks.set({ property, check, level }, count);
    if (current) gauges.releaseAge.set({ property }, nowUs / US_PER_SECOND - Date.parse(current.asOf) / 1000);
    if (current) gauges.rows.set({ property }, current.scored);
    gauges.notAccepted.set({ property }, live.filter(({ release }) => release !== null && release.outcome !== 'accepted' && release.outcome !== 'approved-by-person').length);
    gauges.stale.set({ property }, (await releaseStore.listStale(property)).length);
  }
}
