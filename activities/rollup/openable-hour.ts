import { heartbeat } from '@temporalio/activity';
import { bucketAt, bucketsIn, spanOf, type BucketName } from '../../src/domain/rollup/bucket-name.ts';
import { isPastKeeping, type Seal } from '../../src/domain/rollup/seal.ts';
import { secondsNow } from './kept.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/**
 * Which minutes of an hour may be opened again at any age: those before the first day never are, and one that is built only
 * where everything is there that it was built from, and that its hour and day were. The answer for a minute and shard is
 * found once, before anything of it comes in: that changes its inputs.
 */
export async function openableHour(plugs: RollupPlugs, property: string, hour: BucketName): Promise<(minute: BucketName, shard: number) => Promise<boolean>> {
  const { rollupStore, rollupSettingsOf } = plugs;
  const { firstDay, timeZone } = rollupSettingsOf(property);
  const begins = spanOf(firstDay, timeZone).from;
  const day = bucketAt('day', spanOf(hour, 'UTC').from, timeZone);
  const minutes = await rollupStore.readSeals(property, 'minute', bucketsIn('minute', spanOf(hour, 'UTC'), 'UTC'));
  const hours = await rollupStore.readSeals(property, 'hour', bucketsIn('hour', spanOf(day, timeZone), timeZone));
  const days = await rollupStore.readSeals(property, 'day', [day]);
  const of = (seals: readonly Seal[], shard: number): Seal[] => seals.filter((seal) => seal.shard === shard);
  const isKept = (seals: readonly Seal[]): boolean => seals.every((seal) => !isPastKeeping(seal, secondsNow()));
  const canFollow = (shard: number): boolean =>
    (!of(hours, shard).some(({ bucket }) => bucket === hour) || isKept(of(minutes, shard))) && (of(days, shard).length === 0 || isKept(of(hours, shard)));
  const answers = new Map<string, Promise<boolean>>();

  async function isOpenable(minute: BucketName, shard: number): Promise<boolean> {
    if (spanOf(minute, 'UTC').to <= begins) return false;
    const seal = of(minutes, shard).find(({ bucket }) => bucket === minute);
    return seal === undefined || (isKept([seal]) && canFollow(shard) && (await isWhole(rollupStore, seal)));
  }
  return (minute, shard) => {
    const key = `${minute} ${shard}`;
    const known = answers.get(key) ?? isOpenable(minute, shard);
    answers.set(key, known);
    return known;
  };
}

/** Are all readings there that the minute was built from? Others may have come since. */
async function isWhole(rollupStore: RollupPlugs['rollupStore'], seal: Seal): Promise<boolean> {
  const key = { property: seal.property, minute: seal.bucket, shard: seal.shard };
  if ((await rollupStore.readInputs(key)) === seal.inputs || seal.count === 0) return true;
  let stored = 0;
  for await (const { values } of rollupStore.readReadings(key)) {
    heartbeat();
    stored += values.length;
    if (stored >= seal.count) return true;
  }
  return false;
}
