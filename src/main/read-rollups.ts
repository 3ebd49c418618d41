import { provenRows } from '../../activities/rollup/proven-rows.ts';
import { Failure } from '../domain/failure.ts';
import { addDays, daysFromTo, type Day } from '../domain/calendar/day.ts';
import { dayName, parseName, spanOf, type BucketName, type Level } from '../domain/rollup/bucket-name.ts';
import { compared, EARLIER, earlierDays, type ComparedRow, type Earlier } from '../domain/rollup/compared-days.ts';
import { totalsOf, type Total } from '../domain/rollup/total.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { CategoryRow } from '../domain/rollup/categories.ts';
import type { DayTotals } from '../ports/rollup-reading.ts';
import type { RollupSettings } from '../ports/rollup-settings.ts';

/** Where rollups are read from. */
export type RollupReader = Pick<Plugs, 'rollupSettingsOf' | 'rollupStore' | 'categoryStore'>;

/** The total of every member in a bucket, in order of member; fails with `bad-argument` where the bucket is not built. */
export async function readTotals(reader: RollupReader, property: string, bucket: BucketName): Promise<Total[]> {
  const settings = reader.rollupSettingsOf(property);
  const { level } = parseName(bucket, settings.timeZone);
  if (level === 'second') throw new Failure('bad-argument', `"${bucket}" is a second; expected a minute or more`);
  const seals = (await reader.rollupStore.readSeals(property, level, [bucket])).toSorted((a, b) => a.shard - b.shard);
  if (seals.length < settings.shards) throw new Failure('bad-argument', `${level} ${bucket} of "${property}" ${notBuilt({ property, level, bucket }, settings, Date.now())}`);
  const totals: Total[] = [];
  for (const seal of seals) totals.push(...totalsOf(await provenRows(reader, seal), bucket, settings));
  return totals.sort((a, b) => (a.member < b.member ? -1 : 1));
}

/** Why a bucket is not built, and what to do about it where something can be done. */
export function notBuilt({ property, level, bucket }: { property: string; level: Level; bucket: BucketName }, { firstDay, timeZone }: Pick<RollupSettings, 'firstDay' | 'timeZone'>, nowMs: number): string {
  const { from, to } = spanOf(bucket, timeZone);
  if (from < spanOf(firstDay, timeZone).from) return `is before its first day, ${firstDay}`;
  const endsMs = to * 1000;
  if (endsMs > nowMs) return `is built when it has ended, at ${new Date(endsMs).toISOString().slice(0, 16)}Z`;
  return `is not built: npx almanac rollup recompute ${property} ${level} ${bucket}`;
}

/**
 * What each member is worth on each day from `from` to `to`, both included, by the property's measure. A day without any reading of a
 * member is 0, and so is one without a platform that the member has on another: what is there of it is not all of it, and would look
 * like a fall by a third.
 */
export async function readDailySeries(reader: RollupReader, property: string, from: Day, to: Day): Promise<Map<string, number[]>> {
  const { timeZone, measure } = reader.rollupSettingsOf(property);
  const days = daysFromTo(from, to);
  const [series, platforms, seenOn] = [new Map<string, number[]>(), new Map<string, Set<string>>(), new Map<string, number[]>()];
  for (const [index, day] of days.entries()) {
    for (const total of await readTotals(reader, property, dayName(day, timeZone))) {
      const values = series.get(total.member) ?? days.map(() => 0);
      values[index] = total[measure];
      series.set(total.member, values);
      platforms.set(total.member, new Set([...(platforms.get(total.member) ?? []), ...total.seen]));
      const seen = seenOn.get(total.member) ?? days.map(() => 0);
      seen[index] = total.seen.length;
      seenOn.set(total.member, seen);
    }
  }
  for (const [member, values] of series) for (const [index, seen] of (seenOn.get(member) ?? []).entries()) if (seen < (platforms.get(member)?.size ?? 0)) values[index] = 0;
  return series;
}

/** Totals of a day by category beside those of the day, the week and the month before; fails with `bad-argument` where the day has none. */
export async function readCategories(reader: RollupReader, property: string, day: Day): Promise<ComparedRow[]> {
  const totals = await readDayTotals(reader, property, day);
  if (totals !== null) return [...totals.rows];
  throw new Failure('bad-argument', `day ${day} of "${property}" has no totals by category: npx almanac aggregate recompute ${property} ${dayName(day, reader.rollupSettingsOf(property).timeZone)}`);
}

/** The same with the days that it is compared with; null where the day has none. */
export async function readDayTotals(reader: RollupReader, property: string, day: Day): Promise<DayTotals | null> {
  const { timeZone } = reader.rollupSettingsOf(property);
  const rowsOf = async (of: Day) => (await reader.categoryStore.readDay(property, dayName(of, timeZone)))?.rows ?? null;
  const rows = await rowsOf(day);
  if (rows === null) return null;
  const days = earlierDays(day);
  const [yesterday = null, lastWeek = null, lastMonth = null] = await Promise.all(EARLIER.map((when) => rowsOf(days[when])));
  const stateOf = (when: Earlier, of: readonly CategoryRow[] | null) => ({ day: dayName(days[when], timeZone), hasTotals: of !== null });
  return {
    day: dayName(day, timeZone),
    earlier: { yesterday: stateOf('yesterday', yesterday), lastWeek: stateOf('lastWeek', lastWeek), lastMonth: stateOf('lastMonth', lastMonth) },
    rows: compared(rows, { yesterday, lastWeek, lastMonth }),
  };
}

/** First and last day of a question about an event on `day`. */
export function daysAround(day: Day, before: number, after: number): { from: Day; to: Day } {
  return { from: addDays(day, -before), to: addDays(day, after - 1) };
}
