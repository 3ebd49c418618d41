import { isDeepStrictEqual } from 'node:util';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Client, DayOfWeek, Month, ScheduleDescription, ScheduleOptions, ScheduleUpdateOptions } from '@temporalio/client';
import type { ScheduleLine } from '../schedules.ts';

/** Ids of schedules, by what was done to them. */
export interface AppliedSchedules {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/** What our schedules start; their ids begin with its name. */
const WORKFLOWS: readonly string[] = ['health', 'rollup', 'tick'];
const HOUR_MS = 3_600_000;
const PROPERTY = defineSearchAttributeKey('Property', 'KEYWORD');
const RUN_KIND = defineSearchAttributeKey('RunKind', 'KEYWORD');

/**
 * Makes the server's schedules those of the table: creates, changes and removes, and leaves alone what is right already.
 * Whether a schedule is paused, and its note, belong to the operator from its creation on: they are never written again.
 */
export async function applySchedules({ client, lines, taskQueue }: { client: Client; lines: readonly ScheduleLine[]; taskQueue: string }): Promise<AppliedSchedules> {
  const done = { created: [] as string[], changed: [] as string[], removed: [] as string[], unchanged: [] as string[] };
  for (const line of lines) done[await applyLine(client, line, taskQueue)].push(line.id);
  const wanted = new Set(lines.map(({ id }) => id));
  for await (const { scheduleId } of client.schedule.list()) {
    if (WORKFLOWS.some((workflow) => scheduleId.startsWith(`${workflow}/`)) && !wanted.has(scheduleId) && (await removeLine(client, scheduleId, taskQueue))) done.removed.push(scheduleId);
  }
  return done;
}

async function applyLine(client: Client, line: ScheduleLine, taskQueue: string): Promise<'created' | 'changed' | 'unchanged'> {
  const wanted = scheduleOf(line, taskQueue);
  const handle = client.schedule.getHandle(line.id);
  const existing = await describe(client, line.id);
  if (existing === null) {
    try {
      await client.schedule.create({ ...wanted, scheduleId: line.id, state: { paused: line.isPaused, note: line.note } });
      return 'created';
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error; // somebody else has just created it: make it ours
    }
  } else if (isAsWanted(existing, wanted)) return 'unchanged';
  await handle.update(({ state }) => ({ ...wanted, state }));
  return 'changed';
}

/** Another Almanac may live in the same namespace: only schedules that start our sequences on our queue are removed. */
async function removeLine(client: Client, id: string, taskQueue: string): Promise<boolean> {
  const existing = await describe(client, id);
  if (existing === null || !WORKFLOWS.includes(existing.action.workflowType) || existing.action.taskQueue !== taskQueue) return false;
  await client.schedule.getHandle(id).delete();
  return true;
}

async function describe(client: Client, id: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

type Wanted = Pick<ScheduleOptions & ScheduleUpdateOptions, 'spec' | 'action' | 'policies'>;

/** Everything that the table decides. The server appends the nominal time to the workflow's id. */
function scheduleOf(line: ScheduleLine, taskQueue: string): Wanted {
  return {
    spec: { calendars: calendarsOf(line), timezone: line.timeZone },
    action: {
      type: 'startWorkflow', workflowType: line.start.workflow, workflowId: line.id, taskQueue, args: [line.start.input],
      typedSearchAttributes: attributesOf(line.start),
    },
    policies: { overlap: ScheduleOverlapPolicy[line.overlap], catchupWindow: line.catchUpHours * HOUR_MS, pauseOnFailure: false },
  };
}

function attributesOf(start: ScheduleLine['start']) {
  const [property, runKind] = start.workflow === 'health' ? [start.input.deployment, start.workflow] : [start.input.property, `${start.workflow}-${start.input.what}`];
  return [{ key: PROPERTY, value: property }, { key: RUN_KIND, value: runKind }];
}

/** Written out in full, as the server gives it back. */
function calendarsOf({ times, on }: ScheduleLine) {
  return times.map(({ hour, minute }) => ({
    second: span(0), minute: spanOf(minute), hour: spanOf(hour), dayOfMonth: span(1, 31), month: span<Month>('JANUARY', 'DECEMBER'), year: [],
    dayOfWeek: on === 'monday' ? span<DayOfWeek>('MONDAY') : span<DayOfWeek>('SUNDAY', 'SATURDAY'), comment: '',
  }));
}

function spanOf(when: number | readonly [number, number, number?]): ReturnType<typeof span<number>> {
  return typeof when === 'number' ? span(when) : span(when[0], when[1], when[2]);
}

function span<Value>(start: Value, end = start, step = 1): { start: Value; end: Value; step: number }[] {
  return [{ start, end, step }];
}

/** Compares what the server says with the table, so that an edit by hand of anything but pause and note is put right too. */
function isAsWanted({ spec, action, policies }: ScheduleDescription, wanted: Wanted): boolean {
  const { calendars, timezone, ...more } = spec;
  const hasNoMore = Object.values(more).every((value) => value === undefined || (Array.isArray(value) && value.length === 0));
  return hasNoMore && isDeepStrictEqual([{ calendars, timezone }, policies, started(action)], [wanted.spec, wanted.policies, started(wanted.action)]);
}

function started({ workflowType, workflowId, taskQueue, args, typedSearchAttributes: given }: ScheduleDescription['action'] | Wanted['action']): unknown {
  const pairs = Array.isArray(given) ? given : (given?.getAll() ?? []);
  return [workflowType, workflowId, taskQueue, args, Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]))];
}
