import { bucketAt, LEVELS, spanOf, type BucketName, type Level, type Second } from '../domain/rollup/bucket-name.ts';
import { hashText } from '../domain/hash.ts';
import type { RollupStore } from '../ports/rollup-store.ts';
import type { NewestBucket, RollupClock } from '../ports/rollup-reading.ts';
import type { RollupSettings } from '../ports/rollup-settings.ts';

/** How far back a closed bucket is looked for, and how many are asked for at once: the newest one is nearly always there. */
const LOOK_BACK: Readonly<Record<Level, number>> = { minute: 60, hour: 48, day: 40 };
const AT_ONCE = 4;

/** The newest bucket of each level that is built whole, up to the newest minute that was closed. */
export async function readClock(rollupStore: Pick<RollupStore, 'readClosedUntil' | 'readSeals'>, property: string, settings: RollupSettings): Promise<RollupClock> {
  const closedUntil = await rollupStore.readClosedUntil(property);
  const [minute = null, hour = null, day = null] = closedUntil === null ? [] : await Promise.all(LEVELS.map((level) => newestOf(rollupStore, property, settings, level, closedUntil)));
  return { minute, hour, day };
}

async function newestOf(rollupStore: Pick<RollupStore, 'readSeals'>, property: string, { timeZone, shards, firstDay }: RollupSettings, level: Level, closedUntil: Second): Promise<NewestBucket | null> {
  const candidates = bucketsBefore(level, closedUntil, spanOf(firstDay, timeZone).from, timeZone);
  for (let at = 0; at < candidates.length; at += AT_ONCE) {
    const asked = candidates.slice(at, at + AT_ONCE);
    const seals = await rollupStore.readSeals(property, level, asked);
    for (const bucket of asked) {
      const ofBucket = seals.filter((seal) => seal.bucket === bucket).sort((a, b) => a.shard - b.shard);
      if (ofBucket.length < shards) continue;
      const over = (figure: 'members' | 'partial'): number => ofBucket.reduce((sum, seal) => sum + seal[figure], 0);
      return { bucket, until: spanOf(bucket, timeZone).to, members: over('members'), partial: over('partial'), content: hashText(ofBucket.map(({ checksum }) => checksum).join()).slice(0, 16) };
    }
  }
  return null;
}

/** Buckets that have ended by then, the newest first. */
function bucketsBefore(level: Level, until: Second, first: Second, timeZone: string): BucketName[] {
  const names: BucketName[] = [];
  let span = spanOf(bucketAt(level, until, timeZone), timeZone);
  while (names.length < LOOK_BACK[level] && span.from > first) {
    const name = bucketAt(level, span.from - 1, timeZone);
    names.push(name);
    span = spanOf(name, timeZone);
  }
  return names;
}
