import { heartbeat } from '@temporalio/activity';
import { bucketAt, bucketsIn, joinedSpans, spanOf, type BucketName, type Second, type Span, type SpansByLevel } from '../../src/domain/rollup/bucket-name.ts';
import { lookBackSeconds } from '../../src/domain/rollup/lateness.ts';
import { noInputs } from '../../src/domain/rollup/seal.ts';
import { atOnce } from './at-once.ts';
import { childrenOf, inputsNow } from './build-bucket.ts';
import { overtaken } from './overtaken.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

export interface LateWork {
  /** Hours that are built and are no longer what their minutes say, the days of such hours, and their minutes from the first with late readings to the last. */
  readonly spans: SpansByLevel;
  /** Days with late readings, whose totals by category may be of before. */
  readonly days: readonly Span[];
}

/** Hours that are opened again by one stroke; more wait for the next. */
const MOST_HOURS = 200;
const DAY_SECONDS = 86_400;
const MINUTES_AT_ONCE = 32;

/** What late readings have opened again, by what was noted of them. */
export const findLate = (plugs: RollupPlugs) =>
  async ({ property }: { property: string }): Promise<LateWork> => {
    const { rollupStore, rollupSettingsOf } = plugs;
    const { timeZone, allowedLatenessHours, retention } = rollupSettingsOf(property);
    const closedUntil = await rollupStore.readClosedUntil(property);
    if (closedUntil === null) return { spans: { minute: [], hour: [], day: [] }, days: [] };
    const noted = await notedHours(plugs, property, closedUntil - lookBackSeconds(allowedLatenessHours, retention.readingDays), closedUntil);
    const open: BucketName[] = [];
    for (const [hour, minutes] of noted) {
      if (open.length < MOST_HOURS && (await isOpen(plugs, property, 'hour', hour, minutes))) open.push(hour);
      heartbeat();
    }
    const days = new Set([...noted.keys()].map((hour) => bucketAt('day', spanOf(hour, timeZone).from, timeZone)));
    const openDays: BucketName[] = [];
    for (const day of days) {
      const hours = open.filter((hour) => bucketAt('day', spanOf(hour, timeZone).from, timeZone) === day);
      if (!(await isOpen(plugs, property, 'day', day, [], hours.length > 0))) continue;
      openDays.push(day);
      open.push(...(await overtaken(plugs, property, 'hour', bucketsIn('hour', spanOf(day, timeZone), timeZone).filter((hour) => !noted.has(hour)))));
    }
    const spansOf = (names: Iterable<BucketName>): Span[] => joinedSpans([...names].map((name) => spanOf(name, timeZone)));
    const hours = spansOf(open);
    const minutes = [...new Set(open.flatMap((hour) => (noted.get(hour) ?? []).map(({ minute }) => minute)))].map((minute) => spanOf(minute, timeZone));
    return { spans: { minute: hours.map((span) => hullOf(minutes, span)).filter(({ from, to }) => from < to), hour: hours, day: spansOf(openDays) }, days: spansOf(days) };
  };

/** From the first of these within the span to the last: hours beside each other stay one span, however many of their minutes were late. */
function hullOf(minutes: readonly Span[], { from, to }: Span): Span {
  const within = minutes.filter((minute) => minute.from >= from && minute.to <= to);
  return { from: within.reduce((least, minute) => Math.min(least, minute.from), to), to: within.reduce((most, minute) => Math.max(most, minute.to), from) };
}

/** Hours with minutes of the span of which late readings were noted. */
async function notedHours({ rollupStore }: RollupPlugs, property: string, from: Second, to: Second): Promise<Map<BucketName, { minute: BucketName; shard: number }[]>> {
  const hours = new Map<BucketName, { minute: BucketName; shard: number }[]>();
  const first = bucketAt('minute', from, 'UTC');
  for (const utcDay of bucketsIn('day', { from: from - (from % DAY_SECONDS), to: to + DAY_SECONDS }, 'UTC')) {
    for (const { minute, shard } of await rollupStore.listLate(property, utcDay)) {
      if (minute < first) continue;
      const hour = minute.slice(0, 13);
      hours.set(hour, [...(hours.get(hour) ?? []), { minute, shard }]);
    }
  }
  return hours;
}

/** Is the bucket built, and from something else than is there now? */
async function isOpen(plugs: RollupPlugs, property: string, level: 'hour' | 'day', bucket: BucketName, late: readonly { minute: BucketName; shard: number }[], isBelowOpen = false): Promise<boolean> {
  const { rollupStore, rollupSettingsOf } = plugs;
  const seals = await rollupStore.readSeals(property, level, [bucket]);
  if (seals.length === 0 || isBelowOpen) return seals.length > 0;
  const children = childrenOf(level, bucket, rollupSettingsOf(property).timeZone);
  const below = children === null ? [] : await rollupStore.readSeals(property, children.level, children.buckets);
  for (const seal of seals) if ((await inputsNow(plugs, seal, below)) !== seal.inputs) return true;
  const built = new Map(below.map((seal) => [`${seal.bucket} ${seal.shard}`, seal.inputs]));
  const hasLate = async ({ minute, shard }: { minute: BucketName; shard: number }): Promise<boolean> => {
    const from = built.get(`${minute} ${shard}`);
    const inputs = from === undefined ? noInputs : await rollupStore.readInputs({ property, minute, shard });
    return inputs !== noInputs && inputs !== from;
  };
  for (let at = 0; at < late.length; at += MINUTES_AT_ONCE) {
    if ((await atOnce(late.slice(at, at + MINUTES_AT_ONCE), MINUTES_AT_ONCE, hasLate)).includes(true)) return true;
  }
  return false;
}
