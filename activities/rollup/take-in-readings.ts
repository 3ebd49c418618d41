import { shardOf } from '../../src/domain/hash.ts';
import { isPastKeeping, noInputs, type Seal } from '../../src/domain/rollup/seal.ts';
import { bucketAt, spanOf, type BucketName } from '../../src/domain/rollup/bucket-name.ts';
import { arrivalOf, noteSeconds, type Arrival } from '../../src/domain/rollup/lateness.ts';
import { atOnce } from './at-once.ts';
import { secondsNow, secondsOfDays } from './kept.ts';
import { registering } from './register.ts';
import type { Reading } from '../../src/domain/rollup/reading.ts';
import type { MinuteKey } from '../../src/ports/rollup-store.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/** How many readings came into open minutes, opened built ones again, or came too late and were kept aside. */
export type TakenIn = Readonly<Record<Arrival, number>>;

const MINUTES_AT_ONCE = 16;

/**
 * Stores readings that are right (see `readingProblem`); idempotent by their keys. When this returns all are stored. A
 * minute that is built is noted as late before anything is written into it, and after it where it was built meanwhile; one
 * that is open needs no note, because whoever builds it reads its inputs first. `howeverLate` opens built minutes of any age
 * again: whoever asks for it has them built, because strokes look no further back than is allowed.
 */
export function takeInReadings(plugs: RollupPlugs) {
  const { rollupStore, rollupSettingsOf } = plugs;
  const register = registering(plugs);
  return async (property: string, readings: readonly Reading[], { howeverLate = false } = {}): Promise<TakenIn> => {
    await register(property);
    const { shards, allowedLatenessHours, retention, firstDay, timeZone } = rollupSettingsOf(property);
    const allowedLatenessSeconds = allowedLatenessHours * 3600;
    const begins = spanOf(firstDay, timeZone).from;
    const noted = noteSeconds(allowedLatenessHours);
    const closedUntil = await rollupStore.readClosedUntil(property);
    const taken = { 'on-time': 0, late: 0, aside: 0 };
    await atOnce(Map.groupBy(readings, ({ second }) => bucketAt('minute', second, 'UTC')), MINUTES_AT_ONCE, async ([minute, ofMinute]) => {
      const built = new Map((await rollupStore.readSeals(property, 'minute', [minute])).map((seal) => [seal.shard, seal]));
      for (const [shard, ofShard] of Map.groupBy(ofMinute, ({ member }) => shardOf(member, shards))) {
        const key: MinuteKey = { property, minute, shard };
        const seal = built.get(shard);
        const inTime = arrivalOf(spanOf(minute, 'UTC').to, { isBuilt: seal !== undefined, begins, closedUntil, allowedLatenessSeconds: howeverLate ? Infinity : allowedLatenessSeconds });
        const arrival = inTime === 'late' && seal && (await isGone(rollupStore, seal)) ? 'aside' : inTime;
        if (arrival === 'aside') await rollupStore.keepAside(property, ofShard);
        else {
          if (arrival === 'late') await rollupStore.noteLate(key, noted);
          await rollupStore.writeReadings(key, ofShard, secondsOfDays(retention.readingDays));
          if (arrival === 'on-time' && (await isBuilt(rollupStore, property, minute, shard))) await rollupStore.noteLate(key, noted);
        }
        taken[arrival] += ofShard.length;
      }
    });
    return taken;
  };
}

/** Is what the minute was built from, or what is built upon it from, gone by age? Then it cannot be built again. */
async function isGone(rollupStore: RollupPlugs['rollupStore'], seal: Seal): Promise<boolean> {
  if (isPastKeeping(seal, secondsNow())) return true;
  return seal.inputs !== noInputs && (await rollupStore.readInputs({ property: seal.property, minute: seal.bucket, shard: seal.shard })) === noInputs;
}

async function isBuilt(rollupStore: RollupPlugs['rollupStore'], property: string, minute: BucketName, shard: number): Promise<boolean> {
  return (await rollupStore.readSeals(property, 'minute', [minute])).some((seal) => seal.shard === shard);
}
