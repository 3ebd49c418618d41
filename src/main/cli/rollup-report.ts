import { rollupOf, type Config } from '../../config.ts';
import { schedulesOf } from '../../schedules.ts';
import { readClock } from '../read-clock.ts';
import { lookAtSchedule, type ScheduleLook } from './schedules.ts';
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
  const [clock, asideHours, live] = await Promise.all([readClock(rollupStore, rollup, rollupOf(config, rollup)), rollupStore.listAsideHours(rollup).then((hours) => hours.length), seriesStore.readLive(rollup)]);
  return { clock, asideHours, copy: live?.copy ?? null };
}
