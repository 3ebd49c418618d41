import { addDays, weekdayOf, type Day } from '../../../src/domain/calendar/day.ts';
import { nameCounter, type EventNames } from '../../../src/domain/activity/event-names.ts';
import { judgeDay, type DayChecks, type DayCounts, type PastVolume, type Verdict } from '../../../src/domain/activity/verdict.ts';
import { numbersOf } from '../model/worlds.ts';
import type { PastNames } from '../../../src/domain/activity/renamed-event.ts';

/** The checks with the configuration's defaults. */
export const DEFAULTS: DayChecks = {
  badRowShare: 0.05, volumeHistoryDays: 14, leastRecords: 20, volume: { warn: 0.3, fail: 0.05 }, unknownPeople: { warn: 0.8, fail: 0.98 },
  expectedEvents: ['page_view', 'purchase'], missingEvents: { warn: 0, fail: 0 }, renamedEvent: { warn: 0.05, fail: 0.2 },
};

export interface OrdinaryDay extends DayCounts {
  readonly day: Day;
  readonly eventNames: EventNames;
}

/** Records of an ordinary day by weekday, Monday first: Sundays are a twentieth of Mondays. */
const RHYTHM = [1000, 950, 900, 920, 1100, 300, 50] as const;
/** Shares of the names; the newsletter goes out on Tuesdays only, the invoices on working days. */
const NAMES: readonly (readonly [name: string, share: number, weekdays: readonly number[]])[] = [
  ['page_view', 0.5, [1, 2, 3, 4, 5, 6, 7]], ['view_item', 0.32, [1, 2, 3, 4, 5, 6, 7]], ['purchase', 0.1, [1, 2, 3, 4, 5, 6, 7]],
  ['open_newsletter', 0.3, [2]], ['invoice', 0.15, [1, 2, 3, 4, 5]], ['refund', 0.004, [1, 2, 3, 4, 5, 6, 7]],
];

export const FIRST_DAY = '2026-01-05';

/** Days with a weekly rhythm, a slow growth, chance in everything, a third of the records without a person, and now and then a campaign whose name is new. */
export function ordinaryDays(count: number, seed: number): OrdinaryDay[] {
  const next = numbersOf(seed);
  return Array.from({ length: count }, (_, index) => {
    const day = addDays(FIRST_DAY, index);
    const weekday = weekdayOf(day);
    const records = Math.round(RHYTHM[weekday - 1]! * (1 + index / 120) * (0.75 + 0.5 * next()));
    const anonymous = Math.round(records * (0.25 + 0.2 * next()));
    const counter = nameCounter();
    const names = NAMES.filter(([, , weekdays]) => weekdays.includes(weekday));
    const campaign = next() < 0.1 ? [[`campaign_${index}`, 0.2, []] as const] : [];
    const all = [...names, ...campaign];
    const sum = all.reduce((total, [, share]) => total + share, 0);
    for (let event = 0; event < records - anonymous; event += 1) {
      let at = next() * sum;
      counter.add((all.find(([, share]) => (at -= share) < 0) ?? all[0]!)[0]);
    }
    return { day, rows: records - anonymous, anonymous, quarantined: Math.floor(next() * 3), eventNames: counter.result() };
  });
}

/** The verdict on the last of the days, all before it being settled. */
export function judgeLast(days: readonly OrdinaryDay[], checks: DayChecks = DEFAULTS): Verdict {
  const today = days.at(-1)!;
  const before = days.slice(0, -1);
  const past = before.map(({ day, rows, anonymous }): PastVolume => ({ day, records: rows + anonymous }));
  return judgeDay(today.day, today, checks, past, before.map(({ day, eventNames }): PastNames => ({ day, names: eventNames })));
}

/** The same day with some names changed; an event whose new name is null is gone. */
export function renamed(today: OrdinaryDay, change: (name: string) => string | null): OrdinaryDay {
  const counter = nameCounter();
  for (const [name, events] of today.eventNames.counts) {
    const to = change(name);
    for (let event = 0; to !== null && event < events; event += 1) counter.add(to);
  }
  const eventNames = counter.result();
  return { ...today, eventNames, rows: eventNames.counts.reduce((sum, [, events]) => sum + events, 0) };
}
