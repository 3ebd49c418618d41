import TinyQueue from 'tinyqueue';
import { compareUsers } from '../../domain/activity/user-order.ts';
import { openDayCursor, type DayCursor } from './day-cursor.ts';
import { eachInFlight } from './in-flight.ts';
import type { ActivityEvent } from '../../domain/activity/event.ts';
import type { ActivityStore } from '../../ports/activity-store.ts';
import type { Cassandra } from './connection.ts';

// Every day keeps at most two pages: the one that is read and the one that is on its way.
const rowsInMemory = 40_000;
const queriesInFlight = 32;

/** Histories of people, merged from the days' partitions, each of which is sorted by user. */
export function createEventReader(cassandra: Cassandra): Pick<ActivityStore, 'readShard' | 'readPerson'> {
  return {
    async *readShard({ property, shard, days, signal }) {
      const read = days.filter(({ generation }) => generation > 0).sort((a, b) => (a.day < b.day ? -1 : 1));
      const pageRows = Math.max(20, Math.min(5000, Math.floor(rowsInMemory / 2 / Math.max(1, read.length))));
      const cursors = read.map((day, order) => openDayCursor(cassandra, { property, shard, ...day, pageRows, order }));
      await eachInFlight(cursors, queriesInFlight, (cursor) => cursor.fill());
      const heads = new TinyQueue<DayCursor>(cursors.filter((cursor) => cursor.user !== null), byUserThenDay);
      for (let first = heads.pop(); first; first = heads.pop()) {
        signal?.throwIfAborted();
        const user = first.user as string; // a cursor without a head is never queued
        const events: ActivityEvent[] = [];
        for (let cursor: DayCursor | undefined = first; cursor; cursor = heads.peek()?.user === user ? heads.pop() : undefined) {
          while (!cursor.takeUser(user, events)) await cursor.fill();
          if (cursor.user !== null) heads.push(cursor);
        }
        yield { user, events: inTimeOrder(events) };
      }
    },
    async readPerson({ property, shard, days, user }) {
      const read = days.filter(({ generation }) => generation > 0).sort((a, b) => (a.day < b.day ? -1 : 1));
      const ofDay: ActivityEvent[][] = read.map(() => []);
      await eachInFlight(read.entries(), queriesInFlight, async ([order, { day, generation }]) => {
        const cursor = openDayCursor(cassandra, { property, shard, day, generation, onlyUser: user, pageRows: 1000, order });
        do await cursor.fill();
        while (!cursor.takeUser(user, ofDay[order] as ActivityEvent[]));
      });
      const events = inTimeOrder(ofDay.flat());
      return events.length > 0 ? { user, events } : null;
    },
  };
}

function byUserThenDay(a: DayCursor, b: DayCursor): number {
  return compareUsers(a.user as string, b.user as string) || a.order - b.order;
}

/** Days come in order and are sorted inside, so there is nothing to do unless a day holds a time outside itself. Equal times stay in order of day and event key. */
function inTimeOrder(events: ActivityEvent[]): ActivityEvent[] {
  for (let at = 1; at < events.length; at += 1) {
    if ((events[at] as ActivityEvent).timeUs < (events[at - 1] as ActivityEvent).timeUs) return events.sort((a, b) => a.timeUs - b.timeUs);
  }
  return events;
}
