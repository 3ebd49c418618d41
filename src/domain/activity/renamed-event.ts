import { levelAbove, percent, verdictOf, type CheckLimits, type CheckVerdict } from '../check.ts';
import { weekdayOf, type Day } from '../calendar/day.ts';
import { countOf, eventsOf, isAwayByChance, shareOf, type EventNames } from './event-names.ts';

/** Event names of a settled day in the past. */
export interface PastNames {
  readonly day: Day;
  readonly names: EventNames;
}

/** How many of the latest days a day's names are compared with: two of every weekday. */
export const namesLookBackDays = 14;
const leastSameWeekdays = 2;
/** "About its volume": at least half and at most twice the share. */
const mostRatio = 2;

interface Renamed {
  readonly from: string;
  readonly to: string;
  /** Shares of 1, of the past days' events and of today's. */
  readonly was: number;
  readonly is: number;
}

/**
 * `renamed-event`: a name with a considerable share of the recent past does not occur, and one that never occurred in it has
 * about that share today. The limits are of the vanished name's share. A name that only some weekdays have is compared with
 * those. Silent with fewer than `leastDays` days of the past.
 */
export function renamedEvent(day: Day, names: EventNames, past: readonly PastNames[], limits: CheckLimits, leastDays: number): CheckVerdict {
  const recent = past.filter((other) => other.day < day && eventsOf(other.names) > 0).toSorted((a, b) => (a.day < b.day ? 1 : -1)).slice(0, namesLookBackDays);
  const pairs = recent.length < Math.min(leastDays, namesLookBackDays) ? [] : pairsOf(day, names, recent);
  const level = levelAbove(pairs[0]?.was ?? 0, limits);
  return verdictOf('renamed-event', level, limits, (limit) => `${pairs.filter(({ was }) => was > limit).map(sentenceOf).join('; ')} (limit ${percent(limit)})`);
}

/** Vanished names with the new one that is nearest in share, the greatest first; a new name takes the place of one only. */
function pairsOf(day: Day, names: EventNames, recent: readonly PastNames[]): Renamed[] {
  const sameWeekday = recent.filter((other) => weekdayOf(other.day) === weekdayOf(day));
  const compared = sameWeekday.length >= leastSameWeekdays ? sameWeekday : recent;
  const known = new Set(recent.flatMap((other) => other.names.counts.map(([name]) => name)));
  const today = eventsOf(names);
  const arrived = new Map(names.counts.filter(([name]) => !known.has(name)).map(([name, events]) => [name, events / today]));
  const pairs: Renamed[] = [];
  for (const { from, was } of vanished(names, compared)) {
    const [to, is] = nearest(was, arrived) ?? [];
    if (to === undefined || is === undefined) continue;
    arrived.delete(to);
    pairs.push({ from, to, was, is });
  }
  return pairs;
}

/** Names that most of the compared days have and this one has not, and not by chance, by share. */
function vanished(names: EventNames, compared: readonly PastNames[]): { from: string; was: number }[] {
  const days = compared.map((other) => other.names);
  const candidates = new Set(compared.flatMap((other) => other.names.counts.map(([name]) => name)));
  return [...candidates]
    .filter((name) => countOf(names, name) === 0 && compared.filter((other) => countOf(other.names, name) > 0).length > compared.length / 2)
    .map((from) => ({ from, was: shareOf(from, days) }))
    .filter(({ was }) => !isAwayByChance(was, eventsOf(names)))
    .sort((a, b) => b.was - a.was || (a.from < b.from ? -1 : 1));
}

function nearest(was: number, arrived: ReadonlyMap<string, number>): readonly [string, number] | undefined {
  const ratio = (is: number): number => Math.max(is / was, was / is);
  return [...arrived].filter(([, is]) => ratio(is) <= mostRatio).sort(([, a], [, b]) => ratio(a) - ratio(b))[0];
}

function sentenceOf({ from, to, was, is }: Renamed): string {
  return `"${from}", ${percent(was)} of the recent past, is gone and "${to}", ${percent(is)} of the day, is new: probably renamed`;
}
