import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { shardOf } from '../../src/domain/hash.ts';
import { bucketsIn, LEVELS, spanOf, type Level, type Second, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { isPastKeeping } from '../../src/domain/rollup/seal.ts';
import { copyMismatch, markOf, NOTHING_COPIED, periodAt, periodsIn, periodSpan, withRow, type Copied, type Period } from '../../src/domain/rollup/series-copy.ts';
import { atOnce } from './at-once.ts';
import { bringCopies, type CopyPlugs } from './bring-copies.ts';
import { secondsNow } from './kept.ts';
import type { Mismatch } from '../../src/domain/rollup/conservation.ts';
import type { CopyKey, Verified } from '../../src/ports/series-store.ts';

export interface VerifyRequest extends CopyKey {
  /** In which all lies that is built. */
  readonly span: Span;
  /** Periods that are verified already. */
  readonly done: number;
}

export interface VerifiedPart extends Verified {
  /** Of the first period in which anything differs. */
  readonly mismatches: readonly Mismatch[];
  readonly done: number;
  readonly isLast: boolean;
}

/** Periods of one step: each is a day of minutes, a month of hours or a year of days. */
const MOST_PERIODS = 40;
const MOST_NAMED = 50;
const MEMBERS_AT_ONCE = 16;
/** Rows that are being written, or sealed, while they are read are read again. */
const ROUNDS = 3;
/** Longer than a day, whose bucket may begin before the period of its first second ends. */
const LONGEST_BUCKET_SECONDS = 26 * 3600;

type Members = ReadonlyMap<string, readonly string[]>;

/** Compares a copy with the seals of all buckets: number, sum and count of each, and every value of their rows. Reads every row once. */
export const verifyCopy = (plugs: CopyPlugs) =>
  async ({ property, copy, span, done }: VerifyRequest): Promise<VerifiedPart> => {
    const all = LEVELS.flatMap((level) => periodsIn(level, span).map((period) => ({ level, period })));
    const part = all.slice(done, done + MOST_PERIODS);
    let [members, buckets, rows] = [await membersOf(plugs, { property, copy }), 0, 0];
    for (const { level, period } of part) {
      for (let round = 1; ; round += 1) {
        cancellationSignal().throwIfAborted();
        const found = await verify(plugs, { property, copy }, level, period, members);
        if (found.mismatches.length === 0) {
          [buckets, rows] = [buckets + found.buckets, rows + found.rows];
          break;
        }
        if (round === ROUNDS) return { buckets, rows, mismatches: found.mismatches.slice(0, MOST_NAMED), done, isLast: true };
        members = await membersOf(plugs, { property, copy });
      }
    }
    return { buckets, rows, mismatches: [], done: done + part.length, isLast: done + part.length >= all.length };
  };

async function verify(plugs: CopyPlugs, key: CopyKey, level: Level, period: Period, members: Members): Promise<Verified & { mismatches: Mismatch[] }> {
  const { property, copy } = key;
  const { timeZone, shards, firstDay } = plugs.rollupSettingsOf(property);
  const { from, to } = periodSpan(period);
  const begins = Math.max(from, spanOf(firstDay, timeZone).from);
  const named = bucketsIn(level, { from: begins, to: to + LONGEST_BUCKET_SECONDS }, timeZone).filter((bucket) => periodAt(level, spanOf(bucket, timeZone).from) === period);
  if (named.length === 0) return { buckets: 0, rows: 0, mismatches: [] };
  // What was sealed and not copied yet by who sealed it is nothing wrong.
  await bringCopies(plugs, { property, level, buckets: named, copies: [copy] });
  const copied = await copiedIn(plugs, key, level, period, members.get(`${level} ${period}`) ?? [], shards);
  const marks = await plugs.seriesStore.readMarks(key, level, { from, to });
  const [mismatches, verified] = [[] as Mismatch[], { buckets: 0, rows: 0 }];
  for (const seal of await plugs.rollupStore.readSeals(property, level, named)) {
    if (isPastKeeping(seal, secondsNow())) continue;
    const at = markOf(spanOf(seal.bucket, timeZone).from, seal.shard);
    const mismatch = copyMismatch(copy, seal, marks.get(at), copied.get(at) ?? NOTHING_COPIED);
    if (mismatch) mismatches.push(mismatch);
    verified.buckets += seal.shard === 0 ? 1 : 0;
    verified.rows += seal.rows;
  }
  return { ...verified, mismatches: mismatches.sort((a, b) => (a.bucket < b.bucket ? -1 : 1)) };
}

async function copiedIn({ seriesStore }: CopyPlugs, key: CopyKey, level: Level, period: Period, members: readonly string[], shards: number): Promise<Map<string, Copied>> {
  const copied = new Map<string, Copied>();
  await atOnce(members, MEMBERS_AT_ONCE, async (member) => {
    const shard = shardOf(member, shards);
    const at = (start: Second): string => markOf(start, shard);
    for await (const rows of seriesStore.readPeriod(key, { level, member, period })) {
      for (const { start, row } of rows) copied.set(at(start), withRow(copied.get(at(start)) ?? NOTHING_COPIED, row));
      heartbeat();
    }
  });
  return copied;
}

/** Members by level and period. */
async function membersOf({ seriesStore }: CopyPlugs, key: CopyKey): Promise<Members> {
  const members = new Map<string, string[]>();
  for await (const page of seriesStore.readMembers(key)) {
    for (const { level, period, member } of page) {
      const known = members.get(`${level} ${period}`);
      if (known) known.push(member);
      else members.set(`${level} ${period}`, [member]);
    }
    heartbeat();
  }
  return members;
}
