import { setTimeout as sleep } from 'node:timers/promises';
import { ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { createAlmanac, type Almanac } from '../client.ts';
import { addDays, startOfDay, type Day } from '../domain/calendar/day.ts';
import { cutDayOf, daysOf, lastDayOf, weeksFromTo, addWeeks, type Week } from '../domain/calendar/week.ts';
import { tickId } from '../domain/release/ids.ts';
import { propertyOf, type Config } from '../config.ts';
import { progressLine } from './progress.ts';
import { askingCommands } from './serving.ts';
import { weekLine } from './week-line.ts';
import { needsPerson, type WeekStatus } from '../domain/release/week-status.ts';

const LOOK_MS = 250;
const FINISHED: readonly string[] = ['serving', 'failed', 'retired', 'awaiting-approval'];

/** What is shown: the property, the first weeks that are only loaded, and the weeks that are lived one by one. */
export interface DemoStory { readonly property: string; readonly data: string; readonly firstWeek: Week; readonly lastWeek: Week }

export const SHOP_STORY: DemoStory = { property: 'shop', data: 'UCI Online Retail, one file a day', firstWeek: '2011-W36', lastWeek: '2011-W48' };

export interface DemoOptions {
  readonly config: Config;
  readonly client: Client;
  readonly out: NodeJS.WriteStream;
  readonly signal: AbortSignal;
  readonly story: DemoStory;
  /** When the program started. */
  readonly beganMs: number;
}

/**
 * Loads the days before the first week, then lives the weeks one by one through the schedules' own backfill, and ends with
 * a command that asks the newest address. Goes on where it was: a week that is decided already is only shown.
 */
export async function runDemo({ config, client, out, signal, story, beganMs }: DemoOptions): Promise<void> {
  const { property, firstWeek, lastWeek } = story;
  const { calendar, timeZone } = propertyOf(config, property);
  const almanac = createAlmanac({ client, taskQueue: config.temporal.taskQueue });
  const seconds = (): number => Math.round((Date.now() - beganMs) / 1000);
  out.write(`Demo: property "${property}" — ${story.data}\n`);
  await loadDays({ almanac, property, out, signal }, calendar.firstDay, lastDayOf(addWeeks(firstWeek, -1)));
  let latest: { week: Week; address: string } | null = null;
  for (const week of weeksFromTo(firstWeek, lastWeek)) {
    const known = await almanac.weeks.status(property, week);
    const decided = known && FINISHED.includes(known.phase) ? known : null;
    const status = decided ?? (await liveWeek({ almanac, property, out, signal }, client, week, timeZone));
    out.write(`${weekLine(status)}\n`);
    if (!status.live) continue;
    if (latest === null && decided === null) out.write(`            the first week is published: ${seconds()} s since the start\n`);
    latest = { week, address: status.live.address };
  }
  if (latest === null) return;
  out.write(`Try                                                  (${seconds()} s since the start)\n`);
  for (const command of askingCommands(config, { property, week: latest.week }, latest.address)) out.write(`  ${command}\n`);
}

interface Showing { readonly almanac: Almanac; readonly property: string; readonly out: NodeJS.WriteStream; readonly signal: AbortSignal }

async function loadDays({ almanac, property, out, signal }: Showing, from: Day, to: Day): Promise<void> {
  const handle = await almanac.backfills.start({ property, from, to, which: 'missing', order: 'oldest', weeks: false });
  const line = progressLine(out, 'days');
  const began = Date.now();
  const figures = (rows: number): string => `${rows.toLocaleString('en-US')} events · ${Math.round(rows / Math.max(1, (Date.now() - began) / 1000)).toLocaleString('en-US')} rows/s`;
  let isEnded = false;
  const ended = handle.result().finally(() => (isEnded = true));
  ended.catch(() => undefined);
  while (!isEnded) {
    const { done, total, rows } = await almanac.backfills.progress(property, from, to);
    line.show(done, total, figures(rows));
    await sleep(LOOK_MS, undefined, { signal });
  }
  const { done, total, rows, failed } = await ended;
  line.end(done, total, total === 0 ? 'all there' : figures(rows));
  for (const { day, state, sentence } of failed) out.write(`  ${day} ${state}: ${sentence}\n`);
}

/** One week as it would have been: seven mornings, then the Monday. One that waits for a person says for what. */
async function liveWeek({ almanac, property, out, signal }: Showing, client: Client, week: Week, timeZone: string): Promise<WeekStatus> {
  const mornings = daysOf(week).map((day) => addDays(day, 1));
  await backfillSchedule(client, tickId(property, 'ingest'), mornings[0]!, mornings.at(-1)!, timeZone); // a week has seven days
  await backfillSchedule(client, tickId(property, 'week'), cutDayOf(week), cutDayOf(week), timeZone);
  for (let said = ''; ;) {
    const status = await almanac.weeks.status(property, week).catch(() => null);
    if (status && FINISHED.includes(status.phase)) return status;
    if (status && isHeldUp(status) && status.sentence !== said) out.write(`  ${week}  ${status.phase}: ${(said = status.sentence)}\n`);
    await sleep(LOOK_MS, undefined, { signal });
  }
}

/** Days that its mornings have not come to yet hold nobody up. */
function isHeldUp(status: WeekStatus): boolean {
  return needsPerson(status) && !status.waitingFor.some(({ isLeftOut }) => isLeftOut);
}

async function backfillSchedule(client: Client, schedule: string, from: Day, to: Day, timeZone: string): Promise<void> {
  const at = (day: Day): Date => new Date(startOfDay(day, timeZone) / 1000);
  await client.schedule.getHandle(schedule).backfill({ start: at(from), end: at(addDays(to, 1)), overlap: ScheduleOverlapPolicy.BUFFER_ALL });
}
