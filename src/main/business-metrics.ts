import { Gauge, type Registry } from 'prom-client';
import { isSettled } from '../domain/activity/manifest.ts';
import { addDays, dayOf, startOfDay } from '../domain/calendar/day.ts';
import { checkCounts, latestChecks, weekChecks } from './check-metrics.ts';
import { requestWait, type RequestWait } from './request-wait.ts';
import type { CheckLevel } from '../domain/check.ts';
import type { Config } from '../config.ts';
import type { Stores } from './connect.ts';

const US_PER_SECOND = 1_000_000;
const LOOK_BACK_DAYS = 400;
/** Prometheus gives a scrape ten seconds by default: the rest of the page must not wait for a store that does not answer. */
const PATIENCE_MS = 5_000;

type BusinessStores = Pick<Stores, 'activityStore' | 'releaseStore' | 'requestBudget'>;
type PropertyConfig = Config['properties'][string];

/** Figures of one property; null where there is nothing to measure, which is then absent from the page. */
interface Figures {
  readonly finalDay: { readonly ageSeconds: number; readonly rows: number } | null;
  readonly current: { readonly ageSeconds: number; readonly rows: number } | null;
  readonly notAccepted: number;
  readonly stale: number;
  readonly wait: RequestWait | null;
  readonly checks: readonly { check: string; level: CheckLevel; count: number }[];
}

/**
 * Freshness, age of the current release, rows, weeks not accepted. Each `refresh` replaces all of them; while the stores do
 * not answer there are none, and `almanac_business_metrics_up` is 0.
 */
export function createBusinessMetrics({ registry, config, stores, patienceMs = PATIENCE_MS }: { registry: Registry; config: Config; stores: BusinessStores; patienceMs?: number }): { refresh(): Promise<void> } {
  const gauges = gaugesIn(registry);
  const up = new Gauge({ name: 'almanac_business_metrics_up', help: '1 when the stores answered this scrape; else the figures of properties are left out', registers: [registry] });
  return {
    async refresh() {
      const figures = await within(patienceMs, readAll(config, stores)).catch(() => null);
      for (const gauge of Object.values(gauges)) gauge.reset();
      for (const [property, of] of figures ?? []) show(gauges, property, of);
      up.set(figures === null ? 0 : 1);
    },
  };
}

function gaugesIn(registry: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['property'], registers: [registry] });
  return {
    finalDayAge: gauge('almanac_last_final_day_age_seconds', 'Seconds since the end of the last final day'),
    finalDayRows: gauge('almanac_last_final_day_rows', 'Events of the last final day'),
    releaseAge: gauge('almanac_current_release_age_seconds', 'Seconds since the cut (T) of the current release'),
    releaseRows: gauge('almanac_current_release_rows', 'People scored in the current release'),
    notAccepted: gauge('almanac_weeks_not_accepted', 'Live weeks that keep an older model because theirs was not accepted'),
    stale: gauge('almanac_weeks_stale', 'Weeks built from a day that changed later'),
    requestWait: new Gauge({ name: 'almanac_request_wait_seconds', help: 'Seconds until Google is asked again for reports of the property, by the quota that is waited for', labelNames: ['property', 'quota'], registers: [registry] }),
    checks: new Gauge({ name: 'almanac_checks', help: 'Days of the last four weeks, and the current and next week, of which a check warns or fails', labelNames: ['property', 'check', 'level'], registers: [registry] }),
  };
}

function show(gauges: ReturnType<typeof gaugesIn>, property: string, { finalDay, current, notAccepted, stale, wait, checks }: Figures): void {
  if (finalDay) {
    gauges.finalDayAge.set({ property }, finalDay.ageSeconds);
    gauges.finalDayRows.set({ property }, finalDay.rows);
  }
  if (current) {
    gauges.releaseAge.set({ property }, current.ageSeconds);
    gauges.releaseRows.set({ property }, current.rows);
  }
  gauges.notAccepted.set({ property }, notAccepted);
  gauges.stale.set({ property }, stale);
  if (wait) gauges.requestWait.set({ property, quota: wait.because }, (wait.untilMs - Date.now()) / 1000);
  for (const { check, level, count } of checks) gauges.checks.set({ property, check, level }, count);
}

/** Before any gauge is touched: two scrapes at once must not see half of each other. */
async function readAll(config: Config, stores: BusinessStores): Promise<[property: string, figures: Figures][]> {
  const nowUs = Date.now() * 1000;
  const all: [string, Figures][] = [];
  for (const [property, settings] of Object.entries(config.properties)) {
    const wait = await requestWait(config, property, stores.requestBudget, nowUs / 1000);
    all.push([property, { wait, ...(await readFigures(property, settings, stores, nowUs)) }]);
  }
  return all;
}

async function readFigures(property: string, { timeZone, calendar }: PropertyConfig, { activityStore, releaseStore }: BusinessStores, nowUs: number): Promise<Omit<Figures, 'wait'>> {
  const today = dayOf(nowUs, timeZone);
  const last = calendar.lastDay !== undefined && calendar.lastDay < today ? calendar.lastDay : today;
  const days = await activityStore.readDays(property, addDays(last, -LOOK_BACK_DAYS), last);
  const final = days.findLast(({ state }) => isSettled(state));
  const live = (await releaseStore.listWeeks(property)).filter(({ service }) => service?.state === 'live');
  const current = live.at(-1)?.release;
  const checks = [...latestChecks(days, last), ...(current ? await weekChecks(releaseStore, property, current.week) : [])];
  return {
    finalDay: final ? { ageSeconds: (nowUs - startOfDay(addDays(final.day, 1), timeZone)) / US_PER_SECOND, rows: final.rows } : null,
    current: current ? { ageSeconds: nowUs / US_PER_SECOND - Date.parse(current.asOf) / 1000, rows: current.scored } : null,
    notAccepted: live.filter(({ release }) => release !== null && release.outcome !== 'accepted' && release.outcome !== 'approved-by-person').length,
    stale: (await releaseStore.listStale(property)).length,
    checks: checkCounts(checks),
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: isOver, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, isOver]);
  } finally {
    clearTimeout(timer);
  }
}
