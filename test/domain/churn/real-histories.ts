import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dayOf, startOfDay } from '../../../src/domain/calendar/day.ts';
import type { ActivityEvent } from '../../../src/domain/activity/event.ts';
import type { PersonHistory } from '../../../src/ports/activity-store.ts';

const DATA = new URL('../../../data/', import.meta.url);
const HOUR_US = 3_600_000_000;

/** Everybody of Online Retail: one event for each row with a customer, cancellations included; value = quantity × unit price. */
export function readShop(): PersonHistory[] {
  const events: ActivityEvent[] = [];
  const folder = new URL('shop/', DATA);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.csv.gz'))) {
    const day = file.slice(0, 10);
    const midnightUs = startOfDay(day, 'Europe/London');
    // No field of these files is quoted, and clocks change at night when nobody buys, so one shift serves the whole day.
    const changeUs = dayOf(midnightUs + 23 * HOUR_US, 'Europe/London') !== day ? -HOUR_US : dayOf(midnightUs + 24 * HOUR_US, 'Europe/London') === day ? HOUR_US : 0;
    for (const line of linesOf(new URL(file, folder)).slice(1)) {
      const [invoice, , quantity, time, price, user] = line.split(',') as [string, string, string, string, string, string];
      if (user === '') continue;
      const [hours, minutes, seconds] = time.slice(11).split(':').map(Number) as [number, number, number];
      const timeUs = midnightUs + changeUs + hours * HOUR_US + minutes * 60_000_000 + seconds * 1_000_000;
      events.push({ user, timeUs, name: 'purchase', value: Number(quantity) * Number(price), group: invoice });
    }
  }
  return byPerson(events);
}

/** Everybody of CDNOW: one event a purchase at 00:00 UTC of its date; value = dollars. */
export function readCdnow(): PersonHistory[] {
  const events = linesOf(new URL('cdnow/CDNOW_master.txt.gz', DATA)).slice(1).map((line): ActivityEvent => {
    const [user, date, , dollars] = line.trim().split(/\s+/) as [string, string, string, string];
    const timeUs = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) * 1000;
    return { user, timeUs, name: 'purchase', value: Number(dollars), group: null };
  });
  return byPerson(events);
}

function linesOf(file: URL): string[] {
  return gunzipSync(readFileSync(file)).toString('utf8').split(/\r?\n/).filter((line) => line !== '');
}

function byPerson(events: readonly ActivityEvent[]): PersonHistory[] {
  const people = Map.groupBy(events, (event) => event.user);
  return [...people]
    .map(([user, own]) => ({ user, events: own.sort((a, b) => a.timeUs - b.timeUs) }))
    .sort((a, b) => (a.user < b.user ? -1 : 1));
}
