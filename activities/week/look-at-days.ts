import { expectedBy } from '../../src/domain/activity/day-due.ts';
import { unsettledDays } from '../../src/domain/activity/unsettled-days.ts';
import { addDays, dayOf, type Day } from '../../src/domain/calendar/day.ts';
import { daysOf, lastDayOf } from '../../src/domain/calendar/week.ts';
import { isStuck, type WaitingDay } from '../../src/domain/release/week-status.ts';
import type { DayState, FinalityPolicy } from '../../src/domain/activity/manifest.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';
import type { Plugs } from '../plugs.ts';

export interface DaysLook {
  readonly isReady: boolean;
  /** Days that hold the week up: at most 20, the week's own first. */
  readonly waitingFor: readonly WaitingDay[];
  readonly figures: string;
  readonly sentence: string;
  /** True when waiting alone will not help: a day failed or is missing, or no look to come covers it. */
  readonly needsPerson: boolean;
  /** True while all it waits for comes by itself and is not due yet: such hours make no week late. */
  readonly isEarly?: boolean;
  /** A wait, and then a build, that takes longer is told. */
  readonly lateAfterHours?: number;
}

const SHOWN = 20;

/** May the week be built from all days it reads, back to the property's first? `policy` is the property's unless said. Closed days need no look. */
export const lookAtDays = ({ activityStore, settingsOf, sourceOf }: Pick<Plugs, 'activityStore' | 'settingsOf' | 'sourceOf'>, nowMs: () => number = Date.now) =>
  async ({ property, week, policy = settingsOf(property).finality }: { property: string; week: string; policy?: FinalityPolicy }): Promise<DaysLook> => {
    const settings = settingsOf(property);
    const wanted = policy === 'provisional' ? 'there' : 'final';
    const calendar = { ...settings.calendar, timeZone: settings.timeZone };
    const last = lastDayOf(week);
    const covered = firstCoveredDay(settings, dayOf(nowMs() * 1000, settings.timeZone));
    const statuses = new Map((await activityStore.readDays(property, calendar.firstDay, last)).map((status) => [status.day, status]));
    const waiting = unsettledDays(calendar, last, statuses, policy).map(({ day, state }): WaitingDay => (state === 'unseen' && day < covered ? { day, state, isLeftOut: true } : { day, state }));
    const isEarly = (day: Day): boolean => {
      const due = sourceOf(property).dueOf?.(day);
      return due !== undefined && nowMs() * 1000 < expectedBy(due, policy, { timeZone: settings.timeZone, ingestAt: settings.schedules.ingestAt });
    };
    const own = new Set(daysOf(week));
    const ownWaiting = waiting.filter(({ day }) => own.has(day));
    const earlier = waiting.length - ownWaiting.length;
    const leftOut = waiting.findLast(({ isLeftOut }) => isLeftOut);
    return {
      isReady: waiting.length === 0,
      waitingFor: [...ownWaiting, ...waiting.filter(({ day }) => !own.has(day))].slice(0, SHOWN),
      figures: `${wanted} ${7 - ownWaiting.length} / 7${earlier > 0 ? `, ${earlier} earlier not ${wanted}` : ''}`,
      sentence: leftOut ? leftOutSentence(property, week, calendar.firstDay, last < covered ? last : addDays(covered, -1)) : sentenceOf(week, wanted, ownWaiting, waiting, statuses),
      needsPerson: waiting.some(isStuck),
      ...(waiting.length > 0 && !waiting.some(isStuck) && waiting.every(({ day }) => isEarly(day)) ? { isEarly: true } : {}),
      lateAfterHours: settings.schedules.lateAfterHours,
    };
  };

/** The first day that a morning to come looks at though nobody has seen it: today's may still be to come. With a paused schedule it is today. */
function firstCoveredDay({ schedules }: PropertySettings, today: Day): Day {
  return schedules.paused ? today : addDays(today, -1 - schedules.lookBackDays);
}

/** The same words however many such days are left: people are told once, and the command takes only what is not settled. */
function leftOutSentence(property: string, week: string, from: Day, to: Day): string {
  return `week ${week} waits: it reads days that were not looked at yet, and no look to come covers them. Look at them: npx almanac backfill run ${property} --from ${from} --to ${to}`;
}

function sentenceOf(week: string, wanted: 'final' | 'there', own: readonly WaitingDay[], all: readonly WaitingDay[], statuses: ReadonlyMap<string, DayStatus>): string {
  if (all.length === 0) return `all days of ${week} and before it are ${wanted}`;
  const [first] = own.length > 0 ? own : all;
  const why = describe(first!.state, statuses.get(first!.day)?.reason ?? null); // all is not empty
  const count = own.length > 0 ? `${own.length} of 7 days ${own.length === 1 ? 'is' : 'are'} not ${wanted}` : `${all.length} earlier days are not ${wanted}`;
  return `week ${week} waits: ${count} (${first!.day} ${why}). It goes on by itself when the day is ${wanted}.`;
}

function describe(state: DayState | 'unseen', reason: string | null): string {
  const word = state === 'unseen' ? 'was not looked at yet' : state === 'not-due' ? 'is not there yet' : state;
  return reason === null ? word : `${word}: ${reason}`;
}
