import { arrivalTimes } from './domain/activity/ga4/arrival-times.ts';
import { tickId } from './domain/release/ids.ts';
import type { Config, PropertyConfig } from './config.ts';
import type { TickInput } from '../workflows/tick.ts';

/** One line of THE CLOCK. Overlap, catch-up and time zone are always written, never left to defaults. */
export interface ScheduleLine {
  /** Also the workflow's id; the server appends the nominal time. */
  readonly id: string;
  readonly input: TickInput;
  readonly timeZone: string;
  /** One or more of a day. */
  readonly times: readonly { readonly hour: number; readonly minute: number }[];
  /** Every day, or Mondays. */
  readonly on: 'day' | 'monday';
  /** A tick that comes while one runs waits its turn; none is dropped. */
  readonly overlap: 'BUFFER_ALL';
  /** Ticks missed while the server was down are caught up to this age. */
  readonly catchUpDays: number;
  readonly isPaused: boolean;
  readonly note: string;
}

/** The one table of schedules: two lines for every property, and one more where a day comes hours after its end. */
export function schedulesOf(config: Pick<Config, 'properties'>): ScheduleLine[] {
  return Object.entries(config.properties).flatMap(([property, settings]) => [
    line(property, settings, 'ingest', [settings.schedules.ingestAt], 'day', 30),
    ...arrivals(property, settings),
    line(property, settings, 'week', [settings.schedules.weekAt], 'monday', 60),
  ]);
}

/** A missed stroke is made up for on the same day: the next morning looks at more. */
function arrivals(property: string, settings: PropertyConfig): ScheduleLine[] {
  if (settings.source.kind !== 'ga4-export') return [];
  const times = arrivalTimes(settings.schedules.ingestAt, settings.source.dailyTableBy);
  return times.length === 0 ? [] : [line(property, settings, 'arrivals', times, 'day', 1)];
}

function line(property: string, { timeZone, schedules }: PropertyConfig, what: TickInput['what'], at: readonly string[], on: ScheduleLine['on'], catchUpDays: number): ScheduleLine {
  const times = at.map((time) => time.split(':').map(Number) as [number, number]).map(([hour, minute]) => ({ hour, minute })); // the schema says HH:MM
  return { id: tickId(property, what), input: { property, what }, timeZone, times, on, overlap: 'BUFFER_ALL', catchUpDays, isPaused: schedules.paused, note: schedules.note ?? `almanac: ${what} of ${property}` };
}
