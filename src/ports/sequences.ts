import type { Day } from '../domain/calendar/day.ts';
import type { Week } from '../domain/calendar/week.ts';
import type { WeekStatus } from '../domain/release/week-status.ts';

/** How one look at a day ended. */
export interface IngestOutcome {
  readonly day: Day;
  /** A state of the day, or `failed` where the look itself did not come to an end. */
  readonly state: string;
  readonly generation: number;
  readonly rows: number;
  readonly sentence: string;
}

/** SOCKET: starting, joining and telling sequences from inside a step. Ids make every call safe to repeat. */
export interface Sequences {
  /** Starts the look at a day, or joins the one that runs, and waits for its end. A look that failed for good is an outcome too: state `failed`. */
  joinIngest(property: string, day: Day, signal: AbortSignal): Promise<IngestOutcome>;
  /** Starts the week, or leaves the one that runs alone. */
  startWeek(property: string, week: Week): Promise<void>;
  /** Null when no workflow answers for the week. */
  weekStatus(property: string, week: Week): Promise<WeekStatus | null>;
  /** Tells every week of the property that waits for days. */
  announceDay(property: string, day: Day): Promise<void>;
  /** Weeks of the property whose workflow runs. */
  runningWeeks(property: string): Promise<readonly Week[]>;
  /** How many builds of the property run. */
  runningRevisions(property: string): Promise<number>;
  /** How many cohorts of the property are being scored. */
  runningCohorts(property: string): Promise<number>;
  /** Does any property build this week right now? */
  isBuilt(week: Week): Promise<boolean>;
  retireOldWeek(property: string, week: Week, reason: string): Promise<void>;
}
