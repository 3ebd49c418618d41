import { addDays, type Day } from '../domain/calendar/day.ts';
import { addWeeks, type Week } from '../domain/calendar/week.ts';
import { CHECKS_STAGE, type CheckLevel, type CheckVerdict } from '../domain/check.ts';
import type { DayStatus } from '../ports/activity-store.ts';
import type { ReleaseStore } from '../ports/release-store.ts';

const LAST_DAYS = 28;

/** Verdicts of the four weeks to `last`, without what somebody took responsibility for. */
export function latestChecks(days: readonly DayStatus[], last: Day): CheckVerdict[] {
  return days.filter(({ day, state }) => day > addDays(last, -LAST_DAYS) && state !== 'waived').flatMap(({ checks }) => checks);
}

/** The newest verdicts on the week that serves as current, and on the one after it, which they may have stopped. */
export async function weekChecks(releaseStore: Pick<ReleaseStore, 'readStages'>, property: string, current: Week): Promise<CheckVerdict[]> {
  const stages = await Promise.all([current, addWeeks(current, 1)].map((week) => releaseStore.readStages(property, week))); // newest revision first
  return stages.flatMap((ofWeek) => {
    const manifest = ofWeek.find(({ stage }) => stage === CHECKS_STAGE);
    return manifest ? [...(JSON.parse(manifest.result) as { checks: readonly CheckVerdict[] }).checks] : [];
  });
}

/** How many verdicts warn or fail, by check and level. */
export function checkCounts(verdicts: readonly CheckVerdict[]): { check: string; level: CheckLevel; count: number }[] {
  const groups = Map.groupBy(verdicts.filter(({ level }) => level !== 'ok'), ({ check, level }) => `${check}/${level}`);
  return [...groups.values()].map((group) => ({ check: group[0]!.check, level: group[0]!.level, count: group.length })); // a group has one at least
}
