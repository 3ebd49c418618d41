import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import { nominalTime } from './nominal-time.ts';
import { joining, quick } from './steps.ts';
import { tags } from './tags.ts';
import { inWaves } from './waves.ts';

export interface TickInput {
  readonly property: string;
  /** The morning's look at every day that is not settled, one at the days that have not come, or a week to build. */
  readonly what: 'ingest' | 'arrivals' | 'week';
}

/** How each day and the week that it covered ended, in their own words. */
export interface TickOutcome {
  readonly days: readonly { readonly day: string; readonly state: string; readonly sentence: string }[];
  readonly week: { readonly week: string; readonly phase: string; readonly sentence: string } | null;
  /** Why there was no week to build, where the property is too young for it. */
  readonly leftOut?: string;
}

/** Days that are looked at side by side. */
const DAYS_AT_ONCE = 2;

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, tick);
/**
 * One stroke of the clock: the day or week comes from the nominal time of the schedule, never from "now". It lives until
 * what it started is decided, so that overlap policies mean something.
 */
export async function tick({ property, what }: TickInput): Promise<TickOutcome> {
  upsertSearchAttributes(tags({ property, runKind: `tick-${what}` }));
  const plan = await quick('which days, which week').planTick({ property, what, nominalMs: nominalTime().getTime() });
  const days = await inWaves(plan.days, DAYS_AT_ONCE, async (day) => {
    const { state, sentence } = await joining(day).joinIngest({ property, day });
    return { day, state, sentence };
  });
  const week = plan.week === null ? null : { week: plan.week, ...(await joining(plan.week).awaitWeekDecided({ property, week: plan.week })) };
  return { days, week, ...(plan.leftOut === undefined ? {} : { leftOut: plan.leftOut }) };
}
