import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { bucketAt, spanOf, type BucketName, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { isPastKeeping, type Seal } from '../../src/domain/rollup/seal.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { secondsNow } from './kept.ts';
import { takeInReadings } from './take-in-readings.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { MinuteKey } from '../../src/ports/rollup-store.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

export interface AsideRange {
  readonly property: string;
  /** Names of buckets, both included. */
  readonly from: BucketName;
  readonly to: BucketName;
}

/** How many readings of a range are aside. */
export const countAside = ({ rollupStore, rollupSettingsOf }: RollupPlugs) =>
  async ({ property, from, to }: AsideRange): Promise<number> => {
    const { timeZone } = rollupSettingsOf(property);
    const span = { from: spanOf(from, timeZone).from, to: spanOf(to, timeZone).to };
    return (await rollupStore.countAside(property)).reduce((sum, { hour, readings }) => sum + (isWithin(hour, span) ? readings : 0), 0);
  };

/**
 * Readings of a range that were kept aside come in after all, however late they are; hours that begin in the range are looked at.
 * What cannot be built stays aside: of a time before the first day, or of a minute whose other readings are gone by age, which
 * would be built from less than it was. Each is stored before it is taken from what is aside, so a retry loses none.
 */
export const bringInAside = (plugs: RollupPlugs) =>
  async ({ property, from, to }: AsideRange): Promise<void> => {
    const { rollupStore, rollupSettingsOf } = plugs;
    const { timeZone } = rollupSettingsOf(property);
    const span = { from: spanOf(from, timeZone).from, to: spanOf(to, timeZone).to };
    const takeIn = takeInReadings(plugs);
    for (const { hour } of await rollupStore.countAside(property)) {
      if (!isWithin(hour, span)) continue;
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

function isWithin(hour: BucketName, { from, to }: Span): boolean {
  const begins = spanOf(hour, 'UTC').from;
  return begins >= from && begins < to;
}

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
