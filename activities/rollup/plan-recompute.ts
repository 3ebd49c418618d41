import { heartbeat } from '@temporalio/activity';
import { askedRange } from '../../src/domain/rollup/asked-range.ts';
import { bucketAt, bucketsIn, joinedSpans, LEVELS, spanOf, type BucketName, type Level, type Span, type SpansByLevel } from '../../src/domain/rollup/bucket-name.ts';
import { Failure } from '../../src/domain/failure.ts';
import { overtaken } from './overtaken.ts';
import { secondsNow } from './kept.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

/** Seals that are read between two heartbeats: years of hours are many thousand. */
const ASKED_AT_ONCE = 500;

export interface RecomputeRange {
  readonly property: string;
  readonly level: Level;
  /** Names of buckets of this level or a coarser one, both included. */
  readonly from: BucketName;
  readonly to: BucketName;
}

/**
 * The buckets of a range that have ended, and those above them that are built: the others are built when their time comes. What is
 * not built yet at this level is built as its own stroke would, from minutes up: so one command builds history. A bucket
 * of the future would be sealed without its readings, and would carry the property's own clock past all that is still to come: what
 * came after would be late, or aside. Fails with `bad-argument`.
 */
export const planRecompute = (plugs: RollupPlugs) =>
  async ({ property, level, from, to }: RecomputeRange): Promise<SpansByLevel> => {
    const { timeZone, firstDay } = plugs.rollupSettingsOf(property);
    const asked = askedRange(level, from, to, timeZone);
    const range = { from: Math.max(asked.from, spanOf(firstDay, timeZone).from), to: asked.to };
    const until = Math.min(range.to, spanOf(bucketAt(level, secondsNow(), timeZone), timeZone).from);
    if (range.from >= range.to) throw new Failure('bad-argument', `the range ${from}..${to} has no ${level} of "${property}", which begins on ${firstDay}`);
    if (range.from >= until) throw new Failure('bad-argument', `no ${level} of ${from}..${to} has ended yet: expected a range that begins before now`);
    const spans: Record<Level, { from: number; to: number }[]> = { minute: [], hour: [], day: [] };
    spans[level] = [{ from: range.from, to: until }];
    if (level !== 'minute') {
      const open = await notBuilt(plugs, property, level, { from: range.from, to: until });
      for (const below of LEVELS.slice(0, LEVELS.indexOf(level))) spans[below] = open;
    }
    for (const above of LEVELS.slice(LEVELS.indexOf(level) + 1)) {
      const around = { from: spanOf(bucketAt(above, range.from, timeZone), timeZone).from, to: spanOf(bucketAt(above, until - 1, timeZone), timeZone).to };
      const built = await builtOf(plugs, property, above, around);
      spans[above] = joinedSpans([...built.keys()].map((bucket) => spanOf(bucket, timeZone)));
    }
    spans.hour = joinedSpans([...spans.hour, ...(await overtakenBelow(plugs, property, level, spans)).map((hour) => spanOf(hour, timeZone))]);
    return spans;
  };

/** Hours that the days are built over and that would not be looked at else: without them a day would be of hours of before and of after a switch of semantics. */
async function overtakenBelow(plugs: RollupPlugs, property: string, level: Level, spans: SpansByLevel): Promise<BucketName[]> {
  const { timeZone } = plugs.rollupSettingsOf(property);
  const days = spans.day.flatMap((span) => bucketsIn('day', span, timeZone));
  // Of days that are what their hours say nothing is built.
  const changing = level === 'day' ? await overtaken(plugs, property, 'day', days) : days;
  const hours = changing.flatMap((day) => bucketsIn('hour', spanOf(day, timeZone), timeZone));
  const isLookedAt = ({ from }: Span): boolean => spans.hour.some((span) => span.from <= from && from < span.to);
  return overtaken(plugs, property, 'hour', hours.filter((hour) => !isLookedAt(spanOf(hour, timeZone))));
}

/** The buckets of a span with how many of their shards are sealed; those of which none is are left out. */
async function builtOf({ rollupStore, rollupSettingsOf }: RollupPlugs, property: string, level: Level, span: Span): Promise<Map<BucketName, number>> {
  const [all, built] = [bucketsIn(level, span, rollupSettingsOf(property).timeZone), new Map<BucketName, number>()];
  for (let at = 0; at < all.length; at += ASKED_AT_ONCE) {
    for (const { bucket } of await rollupStore.readSeals(property, level, all.slice(at, at + ASKED_AT_ONCE))) built.set(bucket, (built.get(bucket) ?? 0) + 1);
    heartbeat();
  }
  return built;
}

async function notBuilt(plugs: RollupPlugs, property: string, level: Level, span: Span): Promise<Span[]> {
  const [{ timeZone, shards }, built] = [plugs.rollupSettingsOf(property), await builtOf(plugs, property, level, span)];
  return joinedSpans(bucketsIn(level, span, timeZone).filter((bucket) => (built.get(bucket) ?? 0) < shards).map((bucket) => spanOf(bucket, timeZone)));
}
