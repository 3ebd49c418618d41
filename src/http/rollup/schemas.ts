import Type from 'typebox';
import { CATEGORIES } from '../../domain/rollup/accounts.ts';
import { LEVELS } from '../../domain/rollup/bucket-name.ts';

const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const closed = { additionalProperties: false };
const property = Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$', description: 'Name of the rollup.' });
const bucket = Type.String({ minLength: 1, maxLength: 24, description: 'Name of a bucket: 2019-01-01_12-34, 2019-01-01_12 (UTC) or 2019-01-01.' });
const member = Type.String({ minLength: 1, maxLength: 128 });
const level = Type.Enum([...LEVELS]);
const category = Type.Enum([...CATEGORIES]);
const second = Type.Integer({ description: 'Seconds since 1970-01-01T00:00Z.' });
const isComplete = Type.Boolean({ description: 'False where a platform, or some minutes of one, are missing: the figures are those of what is there.' });

export const PropertyParams = Type.Object({ property });
export const LevelParams = Type.Object({ property, level });
export const DayParams = Type.Object({ property, day: bucket });
export const RankingParams = Type.Object({ property, day: bucket, category });

const range = {
  from: Type.Optional(Type.String({ ...bucket, description: 'First bucket, of this level or a coarser one; without it as many as `buckets`.' })),
  to: Type.Optional(Type.String({ ...bucket, description: 'Last bucket, included; without it `from`, or the newest closed one.' })),
  buckets: Type.Integer({ minimum: 1, maximum: 4000, default: 60 }),
};
export const SeriesQuery = Type.Object({ member, ...range }, closed);
export const PairQuery = Type.Object({ a: member, b: member, ...range }, closed);
export const MembersQuery = Type.Object({
  after: Type.String({ maxLength: 128, default: '' }),
  search: Type.String({ maxLength: 128, default: '', description: 'Part of the name, in any case.' }),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
}, closed);
export const RankingQuery = Type.Object({ limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }) }, closed);

const Newest = Type.Object({ bucket, until: second, members: Type.Integer(), partial: Type.Integer({ description: 'Members of whom something is missing.' }), content: Type.String({ description: 'Others when the bucket is built anew with another content.' }) });
export const Rollup = Type.Object({
  property, timeZone: Type.String(), firstDay: Type.String(), platforms: Type.Array(Type.String()), everySeconds: Type.Integer(),
  measure: Type.Enum(['mean', 'sum']), semantics: Type.Enum(['exact', 'mean-of-means']),
  newest: Type.Object({ minute: nullable(Newest), hour: nullable(Newest), day: nullable(Newest) }, { description: 'The newest closed bucket of each level; null where none is built.' }),
});
export const Rollups = Type.Object({ rollups: Type.Array(Type.Object({ property, firstDay: Type.String(), platforms: Type.Array(Type.String()) })) });
export const MemberPage = Type.Object({ members: Type.Array(Type.String()), next: nullable(Type.String({ description: '`after` of the next page.' })) });

const Point = Type.Object({
  bucket, from: second, revision: Type.Integer({ description: 'Grows when the content of the bucket changes.' }),
  value: Type.Number({ description: 'Mean or sum, by the measure of the rollup.' }), sum: Type.Number(), count: Type.Integer(), mean: Type.Number(), last: Type.Number(),
  missing: Type.Array(Type.String(), { description: 'Platforms without any reading in the bucket.' }), completeness: Type.Number(), isComplete,
});
const asked = {
  level, from: nullable(bucket), to: nullable(bucket), measure: Type.Enum(['mean', 'sum']),
  partial: Type.Integer({ description: 'Points that are not complete.' }),
};
const without = Type.Integer({ description: 'Buckets of the range, up to the newest closed one, in which there is nothing of the member.' });
export const SeriesAnswer = Type.Object({ member, ...asked, without, points: Type.Array(Point) });
export const PairAnswer = Type.Object({
  ...asked,
  members: Type.Object({ a: member, b: member }),
  without: Type.Object({ a: without, b: without }),
  points: Type.Array(Type.Object({
    bucket, from: second, a: nullable(Type.Number()), b: nullable(Type.Number()), difference: nullable(Type.Number({ description: 'a less b.' })), ratio: nullable(Type.Number({ description: 'a for each b.' })),
    partial: Type.Array(Type.Enum(['a', 'b']), { description: 'Whose value is of what is there only.' }), isComplete,
  })),
});

const Change = Type.Object({ difference: nullable(Type.Number()), share: nullable(Type.Number({ description: '0.05 is five per cent more.' })) });
const Row = Type.Object({
  category, value: Type.String(), rank: Type.Integer(), figure: Type.Number({ description: 'Mean or sum over its members, by the measure of the rollup.' }), share: Type.Number({ description: 'Of all members, 0 to 1.' }),
  members: Type.Integer(), partial: Type.Integer({ description: 'Members of whom something is missing.' }), sum: Type.Number(), count: Type.Integer(),
  change: Type.Object({ yesterday: Change, lastWeek: Change, lastMonth: Change }),
});
const Earlier = Type.Object({ day: bucket, hasTotals: Type.Boolean() });
const day = { day: bucket, earlier: Type.Object({ yesterday: Earlier, lastWeek: Earlier, lastMonth: Earlier }, { description: 'The days that it is compared with, seen from the day itself.' }) };
export const DayAnswer = Type.Object({ ...day, rows: Type.Array(Row) });
export const RankingAnswer = Type.Object({ ...day, category, values: Type.Integer({ description: 'Values of the category on that day.' }), rows: Type.Array(Row) });

export const TakenAnswer = Type.Object({
  readings: Type.Integer(),
  onTime: Type.Integer({ description: 'Came into open minutes.' }),
  late: Type.Integer({ description: 'Open theirs again.' }),
  aside: Type.Integer({ description: 'Came too late, or lie before the first day, and are kept aside.' }),
});
