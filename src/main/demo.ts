import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { createAlmanac, type Almanac } from '../client.ts';
import { addDays, startOfDay, type Day } from '../domain/calendar/day.ts';
import { cutDayOf, daysOf, lastDayOf, weeksFromTo, addWeeks, type Week } from '../domain/calendar/week.ts';
import { tickId } from '../domain/release/ids.ts';
import { propertyOf, type Config } from '../config.ts';
import { progressLine } from './progress.ts';
import { weekLine } from './week-line.ts';
import type { WeekStatus } from '../domain/release/week-status.ts';

/** The demo's property, the first weeks that are only loaded, and the weeks that are lived one by one. */
const PROPERTY = 'shop';
const FIRST_WEEK = '2011-W36';
const LAST_WEEK = '2011-W48';
const LOOK_MS = 250;
const FINISHED: readonly string[] = ['serving', 'failed', 'retired', 'awaiting-approval'];

export interface DemoOptions {
  readonly config: Config;
  readonly client: Client;
  readonly out: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  /** For shorter demonstrations: the last week to live. */
  readonly lastWeek?: Week;
}

/** Loads 40 weeks, then lives the following ones one by one through the schedules' own backfill; goes on where it was. */
export async function runDemo({ config, client, out, signal, lastWeek = LAST_WEEK }: DemoOptions): Promise<{ week: Week; address: string } | null> {
  const { calendar, timeZone } = propertyOf(config, PROPERTY);
  const almanac = createAlmanac({ client, taskQueue: config.temporal.taskQueue });
  out.write(`Demo: property "${PROPERTY}" — UCI Online Retail, one file a day\n`);
  await loadDays(almanac, calendar.firstDay, lastDayOf(addWeeks(FIRST_WEEK, -1)), out, signal);
  let latest: { week: Week; address: string } | null = null;
  for (const week of weeksFromTo(FIRST_WEEK, lastWeek)) {
    const status = await liveWeek(almanac, client, week, timeZone, signal);
    out.write(`${weekLine(status)}\n`);
    if (status.live) latest = { week, address: status.live.address };
  }
  return latest;
}

async function loadDays(almanac: Almanac, from: Day, to: Day, out: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  const handle = await almanac.backfills.start({ property: PROPERTY, from, to, which: 'missing', order: 'oldest', weeks: false });
  const line = progressLine(out, 'days');
  const began = Date.now();
  let isEnded = false;
  const ended = handle.result().finally(() => (isEnded = true));
  ended.catch(() => undefined);
  while (!isEnded) {
    const { done, total, rows } = await almanac.backfills.progress(PROPERTY, from, to);
    line.show(done, total, `${rows.toLocaleString('en-US')} events · ${Math.round(rows / Math.max(1, (Date.now() - began) / 1000)).toLocaleString('en-US')} rows/s`);
    await sleep(LOOK_MS, undefined, { signal });
  }
  const { done, total, rows, failed } = await ended;
  line.end(done, total, total === 0 ? 'all there' : `${rows.toLocaleString('en-US')} events · ${Math.round(rows / ((Date.now() - began) / 1000)).toLocaleString('en-US')} rows/s`);
  for (const { day, state } of failed) out.write(`  ${day} ${state}\n`);
}

/** One week as it would have been: seven mornings, then the Monday. A week that is decided already is only shown. */
async function liveWeek(almanac: Almanac, client: Client, week: Week, timeZone: string, signal: AbortSignal): Promise<WeekStatus> {
  const known = await almanac.weeks.status(PROPERTY, week);
  if (known && FINISHED.includes(known.phase)) return known;
  const mornings = daysOf(week).map((day) => addDays(day, 1));
  await backfillSchedule(client, 'ingest', mornings[0]!, mornings.at(-1)!, timeZone); // a week has seven days
  await backfillSchedule(client, 'week', cutDayOf(week), cutDayOf(week), timeZone);
  for (;;) {
    const status = await almanac.weeks.status(PROPERTY, week).catch(() => null);
    if (status && FINISHED.includes(status.phase)) return status;
    await sleep(LOOK_MS, undefined, { signal });
  }
}

async function backfillSchedule(client: Client, what: 'ingest' | 'week', from: Day, to: Day, timeZone: string): Promise<void> {
  const at = (day: Day): Date => new Date(startOfDay(day, timeZone) / 1000);
  await client.schedule.getHandle(tickId(PROPERTY, what)).backfill({ start: at(from), end: at(addDays(to, 1)), overlap: ScheduleOverlapPolicy.BUFFER_ALL });
}
