import { atOnce } from '../../activities/rollup/at-once.ts';
import { Failure } from '../domain/failure.ts';
import { shardOf } from '../domain/hash.ts';
import { bucketsIn, parseName, type BucketName, type Span } from '../domain/rollup/bucket-name.ts';
import { bucketsAtMost, newestSpan, pointOf, rangeOf } from '../domain/rollup/series.ts';
import type { RangeQuestion, RollupClock, Series } from '../ports/rollup-reading.ts';
import type { RollupSettings } from '../ports/rollup-settings.ts';
import type { RollupStore } from '../ports/rollup-store.ts';
import type { SeriesBucket, SeriesQuestion, SeriesStore } from '../ports/series-store.ts';

/** Buckets of one question: from a copy by member they lie together, else each is two reads. */
export const MOST_BUCKETS = { copied: 4000, single: 500 } as const;
const AT_ONCE = 32;
/** A bucket may be built anew while it is read; not five times. */
const ROUNDS = 5;

interface Reader {
  readonly rollupStore: Pick<RollupStore, 'readSeals' | 'readMember'>;
  readonly seriesStore: SeriesStore;
  readonly settings: RollupSettings;
  readonly clock: RollupClock;
}

/** What each member is worth in each bucket of a range. Fails with `bad-argument` for a name that is none and a range that is too large. */
export async function readSeries(reader: Reader, question: RangeQuestion, members: readonly string[]): Promise<Series[]> {
  const { settings: { timeZone }, clock } = reader;
  const { property, level } = question;
  const span = spanAsked(reader, question);
  if (span === null) return members.map(() => ({ from: null, to: null, points: [], without: 0 }));
  checkSize(question, span, MOST_BUCKETS.copied, '');
  const buckets = bucketsIn(level, span, timeZone);
  const closed = bucketsIn(level, { from: span.from, to: Math.min(span.to, clock[level]?.until ?? span.from) }, timeZone);
  return Promise.all(members.map(async (member) => {
    const found = await bucketsOf(reader, { property, level, member, span }, () => checkSize(question, span, MOST_BUCKETS.single, ', because there is no copy of the series by member'));
    const points = found.map((bucket) => pointOf(bucket, reader.settings));
    const has = new Set(points.map(({ bucket }) => bucket));
    return { from: buckets[0] ?? null, to: buckets.at(-1) ?? null, points, without: closed.filter((bucket) => !has.has(bucket)).length };
  }));
}

function spanAsked({ settings: { timeZone, firstDay }, clock }: Reader, { level, from, to, buckets }: RangeQuestion): Span | null {
  try {
    if (from !== undefined) return rangeOf(level, from, to ?? from, timeZone);
    if (to === undefined && clock[level] === null) return null;
    const until = to === undefined ? clock[level]?.until ?? 0 : parseName(to, timeZone).span.to;
    const span = newestSpan(level, buckets, until);
    return { from: Math.max(span.from, parseName(firstDay, timeZone).span.from), to: to === undefined ? until : rangeOf(level, to, to, timeZone).to };
  } catch (cause) {
    throw cause instanceof RangeError ? new Failure('bad-argument', cause.message, { cause }) : cause;
  }
}

function checkSize({ level }: RangeQuestion, span: Span, most: number, why: string): void {
  const asked = bucketsAtMost(level, span);
  if (asked > most) throw new Failure('bad-argument', `the range has ${asked} buckets of level ${level}; expected ${most} or fewer${why}: ask for a shorter range or a coarser level`);
}

/** From the copy by member where the property has one, else from the buckets one by one. */
async function bucketsOf(reader: Reader, question: SeriesQuestion, checkUncopied: () => void): Promise<readonly SeriesBucket[]> {
  const copied = await reader.seriesStore.readSeries(question);
  if (copied !== null) return copied;
  checkUncopied();
  return readUncopied(reader, question);
}

/** A build that was replaced between its seal and its rows has none, as if the member had no reading: its bucket is looked at again. */
async function readUncopied({ rollupStore, settings }: Reader, { property, level, member, span }: SeriesQuestion): Promise<SeriesBucket[]> {
  const shard = shardOf(member, settings.shards);
  const found = new Map<BucketName, SeriesBucket>();
  const buckets = bucketsIn(level, span, settings.timeZone);
  let empty = new Map<BucketName, string>();
  for (let round = 0, open: readonly BucketName[] = buckets; open.length > 0; round += 1) {
    if (round === ROUNDS) throw new Failure('busy', `buckets of "${property}" are being built anew again and again, the first is ${open[0]}`, { isFinal: false });
    const seals = (await rollupStore.readSeals(property, level, open)).filter((seal) => seal.shard === shard && seal.rows > 0 && empty.get(seal.bucket) !== seal.inputs);
    empty = new Map();
    await atOnce(seals, AT_ONCE, async (seal) => {
      const rows = await rollupStore.readMember(seal, member);
      if (rows.length > 0) found.set(seal.bucket, { bucket: seal.bucket, revision: seal.revision, rows });
      else empty.set(seal.bucket, seal.inputs);
    });
    open = [...empty.keys()];
  }
  return buckets.flatMap((bucket) => found.get(bucket) ?? []);
}
