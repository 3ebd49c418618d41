import { Failure } from '../domain/failure.ts';
import { clockLag } from '../domain/health/clock-lag.ts';
import { strokesDue } from '../domain/health/strokes-due.ts';
import type { BucketName, Level } from '../domain/rollup/bucket-name.ts';
import type { CategoryStore } from '../ports/category-store.ts';
import type { RollupSettings } from '../ports/rollup-settings.ts';
import type { RollupStore } from '../ports/rollup-store.ts';

export interface ClockStores {
  readonly rollupStore: Pick<RollupStore, 'readClosedUntil' | 'readSeals'>;
  readonly categoryStore: Pick<CategoryStore, 'readDay'>;
}

/** What a rollup's clock says where each of its strokes has done what it is for; fails with `probe-failed` and the command that makes up for what is missing. */
export async function lookAtClock({ rollupStore, categoryStore }: ClockStores, rollup: string, { timeZone, shards }: Pick<RollupSettings, 'timeZone' | 'shards'>, nowMs: number, allowedMinutes: number): Promise<string> {
  const said = clockLag(await rollupStore.readClosedUntil(rollup), nowMs, allowedMinutes);
  const isBuilt = async (level: Level, bucket: BucketName): Promise<boolean> => (await rollupStore.readSeals(rollup, level, [bucket])).length >= shards;
  for (const { level, bucket, before } of strokesDue(Math.floor(nowMs / 1000), allowedMinutes, timeZone)) {
    if (!(await isBuilt(before.level, before.bucket))) continue;
    if (!(await isBuilt(level, bucket))) throw missing(`${level} ${bucket} is over and not built: the run of rollup/${rollup}/${level} in the Web UI says why. Then: npx almanac rollup recompute ${rollup} ${level} ${bucket}`);
    if (level === 'day' && (await categoryStore.readDay(rollup, bucket)) === null) throw missing(`day ${bucket} is built and has no totals by category: the run of rollup/${rollup}/day in the Web UI says why. Then: npx almanac aggregate recompute ${rollup} ${bucket}`);
  }
  return said;
}

function missing(sentence: string): Failure {
  return new Failure('probe-failed', sentence, { isFinal: false });
}
