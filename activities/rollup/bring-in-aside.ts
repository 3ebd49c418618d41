import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketAt, spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { isPastKeeping, type Seal } from '../../src/domain/rollup/seal.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { asideHours, type AsideRange } from './count-aside.ts';
import { secondsNow } from './kept.ts';
import { takeInReadings } from './take-in-readings.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { MinuteKey } from '../../src/ports/rollup-store.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/**
 * Readings of a range that were kept aside come in after all, however late they are; hours that begin in the range are looked at.
 * What cannot be built stays aside: of a time before the first day, or of a minute whose other readings are gone by age, which
 * would be built from less than it was. Each is stored before it is taken from what is aside, so a retry loses none.
 */
export const bringInAside = (plugs: RollupPlugs) =>
  async ({ property, from, to }: AsideRange): Promise<void> => {
    const { rollupStore } = plugs;
    const takeIn = takeInReadings(plugs);
    for (const { hour } of await asideHours(plugs, { property, from, to })) {
      for await (const page of rollupStore.readAside(property, hour)) {
        cancellationSignal().throwIfAborted();
        const readings = await buildable(plugs, property, page);
        const { aside } = await takeIn(property, readings, { howeverLate: true });
        // Somebody's age limit struck meanwhile: what went aside again must not be dropped.
        if (aside === 0) await rollupStore.dropAside(property, hour, readings);
        heartbeat();
      }
    }
  };

async function buildable(plugs: RollupPlugs, property: string, readings: readonly Reading[]): Promise<Reading[]> {
  const { rollupStore, rollupSettingsOf } = plugs;
  const { firstDay, timeZone, shards } = rollupSettingsOf(property);
  const begins = spanOf(firstDay, timeZone).from;
  const found: Reading[] = [];
  for (const [minute, ofMinute] of Map.groupBy(readings, ({ second }) => bucketAt('minute', second, 'UTC'))) {
    if (spanOf(minute, 'UTC').to <= begins) continue;
    const seals = new Map((await rollupStore.readSeals(property, 'minute', [minute])).map((seal) => [seal.shard, seal]));
    for (const [shard, ofShard] of Map.groupBy(ofMinute, ({ member }) => shardOf(member, shards))) {
      const seal = seals.get(shard);
      if (!seal || (await isWhole(rollupStore, seal))) found.push(...ofShard);
    }
  }
  return found;
}

/** Is everything there that the minute was built from, and its rows for what is built upon it? */
async function isWhole(rollupStore: RollupPlugs['rollupStore'], seal: Seal): Promise<boolean> {
  if (isPastKeeping(seal, secondsNow())) return false;
  const key: MinuteKey = { property: seal.property, minute: seal.bucket, shard: seal.shard };
  if ((await rollupStore.readInputs(key)) === seal.inputs) return true;
  let stored = 0;
  for await (const { values } of rollupStore.readReadings(key)) stored += values.length;
  return stored >= seal.count;
}
