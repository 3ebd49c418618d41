import { bucketAt, bucketsIn, joinedSpans, LEVELS, parseName, spanOf, type BucketName, type Level, type SpansByLevel } from '../../src/domain/rollup/bucket-name.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

export interface RecomputeRange {
  readonly property: string;
  readonly level: Level;
  /** Names of buckets of this level or a coarser one, both included. */
  readonly from: BucketName;
  readonly to: BucketName;
}

/** The buckets of a range, and those above them that are built: the others are built when their time comes. Fails with `bad-argument`. */
export const planRecompute = ({ rollupStore, rollupSettingsOf }: RollupPlugs) =>
  async ({ property, level, from, to }: RecomputeRange): Promise<SpansByLevel> => {
    const { timeZone, firstDay } = rollupSettingsOf(property);
    const range = { from: Math.max(spanOf(from, timeZone).from, spanOf(firstDay, timeZone).from), to: spanOf(to, timeZone).to };
    for (const name of [from, to]) {
      const { level: named } = parseName(name, timeZone);
      if (named === 'second' || LEVELS.indexOf(named) < LEVELS.indexOf(level)) throw new Failure('bad-argument', `"${name}" is the name of a ${named}; expected a ${level} or more`);
    }
    if (range.from >= range.to) throw new Failure('bad-argument', `the range ${from}..${to} has no ${level} of "${property}", which begins on ${firstDay}`);
    const spans: Record<Level, { from: number; to: number }[]> = { minute: [], hour: [], day: [] };
    spans[level] = [range];
    for (const above of LEVELS.slice(LEVELS.indexOf(level) + 1)) {
      const around = { from: spanOf(bucketAt(above, range.from, timeZone), timeZone).from, to: spanOf(bucketAt(above, range.to - 1, timeZone), timeZone).to };
      const built = await rollupStore.readSeals(property, above, bucketsIn(above, around, timeZone));
      spans[above] = joinedSpans([...new Set(built.map(({ bucket }) => bucket))].map((bucket) => spanOf(bucket, timeZone)));
    }
    return spans;
  };
