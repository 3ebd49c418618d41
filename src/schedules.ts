import { tickId } from './domain/release/ids.ts';
import type { Config, PropertyConfig } from './config.ts';
import type { TickInput } from '../workflows/tick.ts';

/** One line of THE CLOCK. Overlap, catch-up and time zone are always written, never left to defaults. */
export interface ScheduleLine {
  /** Also the workflow's id; the server appends the nominal time. */
  readonly id: string;
  readonly input: TickInput;
  readonly timeZone: string;
  readonly hour: number;
  readonly minute: number;
  /** Every day, or Mondays. */
  readonly on: 'day' | 'monday';
  /** A tick that comes while one runs waits its turn; none is dropped. */
  readonly overlap: 'BUFFER_ALL';
  /** Ticks missed while the server was down are caught up to this age. */
  readonly catchUpDays: number;
  readonly isPaused: boolean;
  readonly note: string;
}

/** The one table of schedules: two lines for every property. */
export function schedulesOf(config: Pick<Config, 'properties'>): ScheduleLine[] {
  return Object.entries(config.properties).flatMap(([property, settings]) => [
    line(property, settings, 'ingest', settings.schedules.ingestAt, 'day', 30),
    line(property, settings, 'week', settings.schedules.weekAt, 'monday', 60),
  ]);
}

function line(property: string, { timeZone, schedules }: PropertyConfig, what: TickInput['what'], at: string, on: ScheduleLine['on'], catchUpDays: number): ScheduleLine {
  const [hour, minute] = at.split(':').map(Number) as [number, number]; // the schema says HH:MM
  return { id: tickId(property, what), input: { property, what }, timeZone, hour, minute, on, overlap: 'BUFFER_ALL', catchUpDays, isPaused: schedules.paused, note: schedules.note ?? `almanac: ${what} of ${property}` };
}
