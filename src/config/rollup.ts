import { Type } from 'typebox';
import { closed, day } from './fragments.ts';

const Retention = Type.Object({
  /**
   * Days after they were written; 0 keeps for good. Holds for what is written from now on: what was written before goes when
   * it was due. What a bucket is built from must outlive the time in which late readings open it again.
   */
  readingDays: Type.Integer({ minimum: 0, maximum: 3650, default: 8 }),
  minuteDays: Type.Integer({ minimum: 0, maximum: 3650, default: 35 }),
  hourDays: Type.Integer({ minimum: 0, maximum: 3650, default: 400 }),
}, { ...closed, default: {} });

/** One entry of `rollups`: a numeric series of members on platforms. */
export const RollupSchema = Type.Object({
  /** Whose days are days. Whole hours from UTC, because a day is made of hours in UTC. */
  timeZone: Type.String({ minLength: 1, default: 'UTC' }),
  firstDay: day,
  platforms: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,31}$' }), { minItems: 1, maxItems: 32, uniqueItems: true }),
  /** Seconds from one reading of a member on a platform to the next: what is complete is measured by it. */
  everySeconds: Type.Integer({ minimum: 1, maximum: 86_400, default: 1 }),
  /** Parts of the members that are built on their own; fixed for life. */
  shards: Type.Integer({ minimum: 1, maximum: 64, default: 4 }),
  /** `mean-of-means`: from hours on a mean is that of the means below, as an older definition had it. */
  semantics: Type.Union([Type.Literal('exact'), Type.Literal('mean-of-means')], { default: 'exact' }),
  /** What totals by category are of: `mean` for standings such as followers, `sum` for amounts such as tweets. */
  measure: Type.Union([Type.Literal('mean'), Type.Literal('sum')], { default: 'mean' }),
  /** A reading of a minute that is built opens it again for so long, by the data's own clock; later ones are kept aside. */
  allowedLatenessHours: Type.Integer({ minimum: 0, maximum: 168, default: 24 }),
  retention: Retention,
  schedules: Type.Object({ paused: Type.Boolean({ default: false }), note: Type.Optional(Type.String()) }, { ...closed, default: {} }),
}, closed);
