import type { ActivityEvent } from '../../domain/activity/event.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

/** One shard of one day, read by user, a page ahead of its reader. */
export interface DayCursor {
  readonly order: number;
  /** The user whose events come next; null at the end. Known after `fill`. */
  readonly user: string | null;
  /** Moves the user's events into `into`; false when the page ended first: `fill`, then go on. */
  takeUser(user: string, into: ActivityEvent[]): boolean;
  /** Waits for the next page, if the one at hand is used up, and asks for the one after it. */
  fill(): Promise<void>;
}

interface DayRead {
  readonly property: string;
  readonly day: Day;
  readonly generation: number;
  readonly shard: number;
  readonly pageRows: number;
  readonly order: number;
  readonly onlyUser?: string;
}

type Page = { readonly rows: readonly types.Row[]; readonly next: string | null };

const select = `SELECT user, event_time_us, name, value, event_group FROM raw_activity_stream_data
  WHERE property = ? AND day = ? AND generation = ? AND shard = ?`;

export function openDayCursor(cassandra: Cassandra, read: DayRead): DayCursor {
  const key = [read.property, read.day, read.generation, read.shard];
  const [query, params] = read.onlyUser !== undefined ? [`${select} AND user = ?`, [...key, read.onlyUser]] : [select, key];
  const ask = (pageState: string | null): Promise<Page> => {
    const page = cassandra.page(query, params, { pageRows: read.pageRows, pageState });
    page.catch(() => undefined); // thrown where it is awaited; the reader may have left before
    return page;
  };
  let isOpened = false;
  let coming: Promise<Page> | null = null;
  let rows: readonly types.Row[] = [];
  let at = 0;

  return {
    order: read.order,
    get user() {
      return (rows[at]?.user as string | undefined) ?? null;
    },
    takeUser(user, into) {
      for (; at < rows.length; at += 1) {
        const row = rows[at] as types.Row;
        if (row.user !== user) return true;
        into.push({ user, timeUs: Number(row.event_time_us), name: row.name as string, value: row.value as number | null, group: row.event_group as string | null });
      }
      return isOpened && coming === null;
    },
    async fill() {
      if (!isOpened) coming = ask(null);
      isOpened = true;
      while (at >= rows.length && coming) {
        const page = await coming;
        rows = page.rows;
        at = 0;
        coming = page.next === null ? null : ask(page.next);
      }
    },
  };
}
