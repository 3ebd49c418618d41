import type { Day } from '../domain/calendar/day.ts';
import type { Semantics } from '../domain/rollup/bucket.ts';
import type { Measure } from '../domain/rollup/categories.ts';
import type { Expected } from '../domain/rollup/total.ts';

/** What the steps need to know of one rollup; the configuration satisfies it. */
export interface RollupSettings extends Expected {
  readonly firstDay: Day;
  /** Fixed for life: how many parts of its members are built on their own. */
  readonly shards: number;
  readonly semantics: Semantics;
  readonly measure: Measure;
  /** A reading of a minute that is built opens it again for so long after it, by the data's own clock. */
  readonly allowedLatenessHours: number;
  /** What builds buckets: the worker itself, or, where at least so many are due at once, a job of Spark. Both write the same rows. */
  readonly engine: { readonly kind: 'worker' } | { readonly kind: 'spark'; readonly leastBuckets: number; readonly timeoutMinutes: number; readonly memoryMb: number };
  /** Days after writing; 0 keeps for good. Days are kept for good. */
  readonly retention: { readonly readingDays: number; readonly minuteDays: number; readonly hourDays: number };
}

/** Settings of every rollup by name; fails with `property-unknown`. */
export type RollupSettingsOf = (property: string) => RollupSettings;
