import type { Week } from '../calendar/week.ts';
import type { WeekService } from './release.ts';

export interface ServedWeek {
  readonly week: Week;
  readonly service: WeekService | null;
}

/** What `/<property>/current` means. */
export interface CurrentWeek {
  readonly week: Week;
  /** The week before it, whose key opens `current` until the grace ends. */
  readonly previous: Week | null;
  readonly graceEndsAtMs: number;
}

/** The latest live week, and until when the key of the week before it opens `current` too; null when nothing is live. */
export function currentOf(weeks: readonly ServedWeek[], graceMs: number): CurrentWeek | null {
  const latest = latestOf(weeks.filter(({ service }) => service?.state === 'live'));
  if (latest?.service?.state !== 'live') return null;
  const previous = latestOf(weeks.filter(({ week, service }) => service !== null && week < latest.week));
  return { week: latest.week, previous: previous?.week ?? null, graceEndsAtMs: latest.service.sinceMs + graceMs };
}

/** Whether a key of `keyWeek` opens `current` at `nowMs`. */
export function opensCurrent(current: CurrentWeek, keyWeek: Week, nowMs: number): boolean {
  return keyWeek === current.week || (keyWeek === current.previous && nowMs < current.graceEndsAtMs);
}

/** The live week that took a retired week's place: its successor, or the successor's, and so on; null when there is none. */
export function successorOf(week: Week, weeks: ReadonlyMap<Week, WeekService | null>): Week | null {
  const seen = new Set<Week>();
  for (let at: Week | null = week; at !== null && !seen.has(at);) {
    seen.add(at);
    const service: WeekService | null = weeks.get(at) ?? null;
    if (service === null) return null;
    if (service.state === 'live') return at;
    at = service.successor;
  }
  return null;
}

/** The weeks to retire so that the latest `keepServing` stay, oldest first. */
export function weeksToRetire(weeks: readonly ServedWeek[], keepServing: number): Week[] {
  const live = weeks.filter(({ service }) => service?.state === 'live').map(({ week }) => week).sort();
  return live.slice(0, Math.max(0, live.length - Math.max(1, keepServing)));
}

function latestOf(weeks: readonly ServedWeek[]): ServedWeek | undefined {
  return weeks.reduce<ServedWeek | undefined>((latest, week) => (latest === undefined || week.week > latest.week ? week : latest), undefined);
}
