import { Type } from 'typebox';
import { ChecksSchema } from './checks.ts';
import { clock, closed, day } from './fragments.ts';
import { SourceSchema } from './source.ts';

const Calendar = Type.Object({
  firstDay: day,
  lastDay: Type.Optional(day),
  closedWeekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { default: [] }),
  closedDays: Type.Array(day, { default: [] }),
}, closed);

const Churn = Type.Object({
  horizonDays: Type.Integer({ minimum: 1, maximum: 730, default: 60 }),
  minimumHistoryDays: Type.Integer({ minimum: 1, maximum: 730, default: 21 }),
  minimumEvents: Type.Integer({ minimum: 1, maximum: 1000, default: 2 }),
  label: Type.Union([
    Type.Object({ kind: Type.Literal('horizon') }, closed),
    Type.Object({ kind: Type.Literal('fixed-days'), days: Type.Integer({ minimum: 1 }) }, closed),
    Type.Object({ kind: Type.Literal('mean-gap') }, closed),
  ], { default: { kind: 'horizon' } }),
  trainOn: Type.Union([Type.Literal('pooled-snapshots'), Type.Literal('all-veterans')], { default: 'pooled-snapshots' }),
  maximumSnapshotWeeks: Type.Integer({ minimum: 1, maximum: 520, default: 104 }),
}, { ...closed, default: {} });

const Training = Type.Object({
  seed: Type.Integer({ minimum: 0, default: 42 }),
  evaluationSnapshots: Type.Integer({ minimum: 1, maximum: 52, default: 8 }),
  /** Penalty beside the summed loss on standardised features; its exact value hardly matters (0.655…0.662 from 60 to 2000). */
  l2: Type.Number({ minimum: 0, default: 100 }),
  dense: Type.Boolean({ default: true }),
  denseEpochs: Type.Integer({ minimum: 1, maximum: 500, default: 10 }),
  timeoutMinutes: Type.Integer({ minimum: 1, maximum: 1440, default: 30 }),
  memoryMb: Type.Integer({ minimum: 256, default: 2048 }),
}, { ...closed, default: {} });

const Schedules = Type.Object({
  paused: Type.Boolean({ default: false }),
  note: Type.Optional(Type.String()),
  /** Where clocks change, they do so before 04:00: these times exist once on every day. */
  ingestAt: clock('04:00'),
  weekAt: clock('05:00'),
  /** Days before yesterday that are looked at again until they are final. */
  lookBackDays: Type.Integer({ minimum: 0, maximum: 30, default: 3 }),
  /** A week is late, and people are told, when it waits for its days or is built for so long. */
  lateAfterHours: Type.Integer({ minimum: 1, maximum: 168, default: 6 }),
}, { ...closed, default: {} });

export const PropertySchema = Type.Object({
  timeZone: Type.String({ minLength: 1 }),
  shards: Type.Integer({ minimum: 1, maximum: 1024, default: 8 }),
  calendar: Calendar,
  source: SourceSchema,
  churn: Churn,
  checks: ChecksSchema,
  training: Training,
  approval: Type.Union([Type.Literal('auto'), Type.Literal('manual')], { default: 'auto' }),
  /** `provisional` builds a week from days that their source may still change, marks it, and builds it once more when they are final. */
  finality: Type.Union([Type.Literal('final'), Type.Literal('provisional')], { default: 'final' }),
  keepServing: Type.Integer({ minimum: 1, maximum: 26, default: 8 }),
  schedules: Schedules,
}, closed);
