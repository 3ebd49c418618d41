import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketAt } from '../../src/domain/rollup/bucket-name.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { asideHours, type AsideRange } from './count-aside.ts';
import { openableHour } from './openable-hour.ts';
import { takeInReadings } from './take-in-readings.ts';
import type { RollupPlugs } from './rollup-plugs.ts';
import type { AsideReading } from '../../src/ports/rollup-store.ts';

/**
 * Readings of a range that were kept aside come in after all, however late they are; hours that begin in the range are looked at.
 * What cannot be built stays aside (see `openableHour`). Each is stored before it is taken from what is aside, so a retry loses none.
 */
export const bringInAside = (plugs: RollupPlugs) =>
  async (range: AsideRange): Promise<void> => {
    const { property } = range;
    const { rollupStore, rollupSettingsOf } = plugs;
    const { shards } = rollupSettingsOf(property);
    const takeIn = takeInReadings(plugs);
    for (const hour of await asideHours(plugs, range)) {
      const isOpenable = await openableHour(plugs, property, hour);
      for await (const page of rollupStore.readAside(property, hour)) {
        cancellationSignal().throwIfAborted();
        const readings = new Set<AsideReading>();
        for (const reading of page) if (await isOpenable(bucketAt('minute', reading.second, 'UTC'), shardOf(reading.member, shards))) readings.add(reading);
        heartbeat();
        const { aside } = await takeIn(property, [...readings], { howeverLate: true });
        // Somebody's age limit struck meanwhile: what went aside again must not be dropped.
        if (aside === 0) await rollupStore.dropAside(property, hour, page, (reading) => readings.has(reading));
        heartbeat();
      }
      await rollupStore.closeAsideHour(property, hour);
    }
  };
