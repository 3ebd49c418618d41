import { arrivalTimes } from './domain/activity/ga4/arrival-times.ts';
import { reportBy } from './domain/activity/ga4/choose-table.ts';
import { healthId, rollupId, tickId } from './domain/release/ids.ts';
import type { Config, HealthConfig, PropertyConfig, RollupConfig } from './config.ts';
import type { HealthInput } from '../workflows/health.ts';
import type { RollupInput } from '../workflows/rollup.ts';
import type { TickInput } from '../workflows/tick.ts';

/** One line of THE CLOCK. Overlap, catch-up and time zone are always written, never left to defaults. */
export interface ScheduleLine {
  /** Also the workflow's id; the server appends the nominal time. */
  readonly id: string;
  readonly start: { readonly workflow: 'tick'; readonly input: TickInput } | { readonly workflow: 'rollup'; readonly input: RollupInput } | { readonly workflow: 'health'; readonly input: HealthInput };
  readonly timeZone: string;
  /** One or more of a day; a pair is the first and the last of those at which it strikes, a third number the step from one to the next. */
  readonly times: readonly { readonly hour: number | readonly [number, number]; readonly minute: number | readonly [number, number, number?] }[];
  /** Every day, or Mondays. */
  readonly on: 'day' | 'monday';
  /** A tick that comes while one runs waits its turn and none is dropped; a look that comes while one goes on is not needed. */
  readonly overlap: 'BUFFER_ALL' | 'SKIP';
  /** Ticks missed while the server was down are caught up to this age. */
  readonly catchUpHours: number;
  readonly isPaused: boolean;
  readonly note: string;
}

/** The one table of schedules: two lines for every property, one more where a day comes hours after its end, three for every rollup, one for the health of all. */
export function schedulesOf(config: Pick<Config, 'properties'> & Partial<Pick<Config, 'rollups' | 'health' | 'temporal'>>): ScheduleLine[] {
  const ticks = Object.entries(config.properties).flatMap(([property, settings]) => [
    line(property, settings, 'ingest', [settings.schedules.ingestAt], 'day', 30 * 24),
    ...arrivals(property, settings),
    line(property, settings, 'week', [settings.schedules.weekAt], 'monday', 60 * 24),
  ]);
  // A minute that is not caught up is built with its hour, and an hour with its day: what is missed longer is not lost.
  const strokes = Object.entries(config.rollups ?? {}).flatMap(([property, settings]) => [
    stroke(property, settings, 'minute', { minute: [1, 59], hour: [0, 23] }, 2),
    stroke(property, settings, 'hour', { minute: 0, hour: [1, 23] }, 48),
    stroke(property, settings, 'day', { minute: 0, hour: 0 }, 60 * 24),
  ]);
  return [...ticks, ...strokes, ...(config.health && config.temporal ? [looks(config.temporal.taskQueue, config.health)] : [])];
}

/** A look that was missed is not made up for: the next one sees what there is. */
function looks(deployment: string, { everyMinutes, paused, failures, calm, mostRestartsPerHour, settleSeconds }: HealthConfig): ScheduleLine {
  return {
    id: healthId(deployment), start: { workflow: 'health', input: { deployment, rules: { failures, calm, mostRestartsPerHour, settleSeconds } } }, timeZone: 'UTC',
    times: [{ minute: [0, 59, everyMinutes], hour: [0, 23] }], on: 'day', overlap: 'SKIP', catchUpHours: 1 / 60, isPaused: paused, note: 'almanac: health of the parts',
  };
}

function stroke(property: string, { timeZone, schedules }: RollupConfig, what: RollupInput['what'], at: ScheduleLine['times'][number], catchUpHours: number): ScheduleLine {
  return { id: rollupId(property, what), start: { workflow: 'rollup', input: { property, what, timeZone } }, timeZone, times: [at], on: 'day', overlap: 'BUFFER_ALL', catchUpHours, isPaused: schedules.paused, note: schedules.note ?? `almanac: each ${what} of ${property}` };
}

/** A missed stroke is made up for on the same day: the next morning looks at more. */
function arrivals(property: string, settings: PropertyConfig): ScheduleLine[] {
  const { source } = settings;
  if (source.kind === 'files') return [];
  const times = arrivalTimes(settings.schedules.ingestAt, source.kind === 'ga4-export' ? source.dailyTableBy : reportBy);
  return times.length === 0 ? [] : [line(property, settings, 'arrivals', times, 'day', 24)];
}

function line(property: string, { timeZone, schedules }: PropertyConfig, what: TickInput['what'], at: readonly string[], on: ScheduleLine['on'], catchUpHours: number): ScheduleLine {
  const times = at.map((time) => time.split(':').map(Number) as [number, number]).map(([hour, minute]) => ({ hour, minute })); // the schema says HH:MM
  return { id: tickId(property, what), start: { workflow: 'tick', input: { property, what } }, timeZone, times, on, overlap: 'BUFFER_ALL', catchUpHours, isPaused: schedules.paused, note: schedules.note ?? `almanac: ${what} of ${property}` };
}
