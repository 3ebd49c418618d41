import { rollupOf, type Config } from '../../config.ts';
import { schedulesOf } from '../../schedules.ts';
import { readClock } from '../read-clock.ts';
import { lookAtSchedule, schedulesText, type ScheduleLook } from './schedules.ts';
import type { RollupClock } from '../../ports/rollup-reading.ts';
import type { Stores } from '../connect.ts';
import type { Temporal } from './command.ts';

/** How far a rollup is, as the status says it. */
export interface RollupReport {
  readonly rollup: string;
  /** Null where the store does not answer. */
  readonly stored: {
    readonly clock: RollupClock;
    /** Hours of which readings are kept aside. */
    readonly asideHours: number;
    /** The copy by member that is read; null where there is none. */
    readonly copy: number | null;
  } | null;
  readonly schedules: readonly ScheduleLook[] | null;
}

export async function reportOfRollup({ config, rollup, temporal, stores }: { config: Config; rollup: string; temporal: Temporal | null; stores: Stores | null }): Promise<RollupReport> {
  const lines = schedulesOf({ properties: {}, rollups: { [rollup]: rollupOf(config, rollup) } });
  const [stored, schedules] = await Promise.all([stores && storedOf(stores, config, rollup), temporal && Promise.all(lines.map(({ id }) => lookAtSchedule(temporal, id)))]);
  return { rollup, stored, schedules };
}

async function storedOf({ rollupStore, seriesStore }: Stores, config: Config, rollup: string): Promise<NonNullable<RollupReport['stored']>> {
  const [clock, asideHours, live] = await Promise.all([readClock(rollupStore, rollup, rollupOf(config, rollup)), rollupStore.countAsideHours(rollup), seriesStore.readLive(rollup)]);
  return { clock, asideHours, copy: live?.copy ?? null };
}

/** For people: the newest bucket of each level, and what asks for somebody. */
export function rollupText({ rollup, stored, schedules }: RollupReport, nowMs: number): string {
  return [
    ...(stored === null ? ['its buckets are not known: Cassandra does not answer'] : storedText(rollup, stored, nowMs)),
    schedules === null ? 'its schedules are not known: Temporal does not answer' : schedulesText(schedules),
  ].join('\n');
}

function storedText(rollup: string, { clock: { minute, hour, day }, asideHours, copy }: NonNullable<RollupReport['stored']>, nowMs: number): string[] {
  if (minute === null && hour === null && day === null) return ['nothing is built yet', ...asideText(rollup, asideHours)];
  const newest = [minute, hour, day].map((of, at) => `${['minute', 'hour', 'day'][at]} ${of === null ? 'none' : `${of.bucket}${of.partial > 0 ? ` (${of.partial} of ${of.members} members incomplete)` : ''}`}`);
  const ago = minute === null ? '' : `; the minute ended ${Math.max(0, Math.floor((nowMs / 1000 - minute.until) / 60))} min ago`;
  return [`newest closed: ${newest.join(', ')}${ago}`, ...asideText(rollup, asideHours), copy === null ? `series by member have no copy: npx almanac rollup serving rebuild ${rollup}` : `series by member are read from copy ${copy}`];
}

function asideText(rollup: string, hours: number): string[] {
  return hours === 0 ? [] : [`readings of ${hours} ${hours === 1 ? 'hour' : 'hours'} came too late, or lie before the first day, and are kept aside: npx almanac rollup aside ${rollup}`];
}
