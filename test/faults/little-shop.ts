import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, daysFromTo, type Day } from '../../src/domain/calendar/day.ts';
import { smallShopProperty } from '../small-shop.ts';
import { eventually } from '../stack.ts';
import type { Almanac, WeekStatus } from '../../src/client.ts';

/** A shop that is built from nothing many times: four weeks of few people, a day of sale whose rows are more than a chunk. */
export const LITTLE_SHOP = { property: 'little', firstDay: '2026-01-05', saleDay: '2026-01-22', lastDay: '2026-02-01', weeks: ['2026-W04', '2026-W05'], people: 260 } as const;

/** The shop's first three weeks under the label rule that compares each person with all. */
export const GAPS = { property: 'gaps', firstDay: LITTLE_SHOP.firstDay, lastDay: '2026-01-25', week: '2026-W04' } as const;

const DAYS = 28;

/** Writes one CSV a day into `folder`, always the same bytes. */
export function writeLittleShop(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const random = xoroshiro128plus(11);
  const chance = (): number => uniformFloat64(random);
  const rows = new Map<Day, string[]>(daysFromTo(LITTLE_SHOP.firstDay, LITTLE_SHOP.lastDay).map((day) => [day, []]));
  const visit = (person: number, day: Day): void => {
    rows.get(day)?.push(`p${person},${day} ${String(8 + Math.floor(chance() * 12)).padStart(2, '0')}:${String(Math.floor(chance() * 60)).padStart(2, '0')}:00,${(1 + chance() * 40).toFixed(2)},o${person}-${day}`);
  };
  for (let person = 0; person < LITTLE_SHOP.people; person += 1) {
    const first = Math.floor(chance() * 26);
    const gapDays = 2 + chance() * 6;
    const leaves = chance() < 0.45 ? first + 5 + chance() * 12 : DAYS;
    for (let at = first; at < leaves; at += Math.max(1, Math.round(gapDays * (0.4 + 1.2 * chance())))) visit(person, addDays(LITTLE_SHOP.firstDay, at));
    if (addDays(LITTLE_SHOP.firstDay, first) < LITTLE_SHOP.saleDay) visit(person, LITTLE_SHOP.saleDay);
  }
  for (const [day, lines] of rows) writeFileSync(join(folder, `${day}.csv`), `who,when,worth,order\n${lines.join('\n')}\n`);
}

/** The properties of a stack that builds the little shop. */
export function littleShopProperties(folder: string): Record<string, Record<string, unknown>> {
  const { source, ...property } = smallShopProperty(folder) as { source: Record<string, unknown> };
  return {
    [LITTLE_SHOP.property]: {
      ...property,
      source: { ...source, file: '{day}.csv' },
      // The day after the last belongs to the shop's life, and its file never comes.
      calendar: { firstDay: LITTLE_SHOP.firstDay, lastDay: addDays(LITTLE_SHOP.lastDay, 1) },
      churn: { horizonDays: 7, minimumHistoryDays: 5, minimumEvents: 2 },
      training: { evaluationSnapshots: 2, dense: false },
    },
  };
}

export function gapsProperty(folder: string): Record<string, Record<string, unknown>> {
  const shop = littleShopProperties(folder)[LITTLE_SHOP.property];
  return { [GAPS.property]: { ...shop, calendar: { firstDay: GAPS.firstDay, lastDay: GAPS.lastDay }, churn: { horizonDays: 4, minimumHistoryDays: 3, minimumEvents: 2, label: { kind: 'mean-gap' } } } };
}

/** Every day of the range comes in, and the backfill has ended: nothing of it reaches into what comes next. */
export async function bringIn(almanac: Almanac, from: Day, to: Day, property: string = LITTLE_SHOP.property): Promise<void> {
  await backfilled(almanac, { property, from, to, which: 'missing', order: 'oldest', weeks: false });
  const { total, failed } = await almanac.backfills.progress(property, from, to);
  assert.deepEqual([total, failed], [daysFromTo(from, to).length, []]);
}

/** A backfill from its start to its end. */
export async function backfilled(almanac: Almanac, input: Parameters<Almanac['backfills']['start']>[0]): Promise<void> {
  const handle = await eventually(() => quietly(() => almanac.backfills.start(input)), 120_000, 'the start of a backfill');
  await eventually(async () => (await quietly(() => handle.describe()))?.status.name === 'COMPLETED', 300_000, `the backfill from ${input.from} to ${input.to}`);
}

/** The week is built and serves. */
export async function buildWeek(almanac: Almanac, week: string, property: string = LITTLE_SHOP.property): Promise<WeekStatus> {
  await eventually(async () => (await quietly(() => almanac.weeks.run(property, week))) !== null, 120_000, `the start of ${week}`);
  return served(almanac, week, 1, property);
}

/** Revision `revision` of the week is live and nothing is being built. */
export async function served(almanac: Almanac, week: string, revision: number, property: string = LITTLE_SHOP.property): Promise<WeekStatus> {
  return eventually(async () => {
    const status = await quietly(() => almanac.weeks.status(property, week));
    assert.notEqual(status?.phase, 'failed', status?.sentence);
    return status?.phase === 'serving' && status.live?.revision === revision && status;
  }, 240_000, `revision ${revision} of ${week}`);
}

/** Null while the server is away, or when it answers nothing for a minute: a test that kills it asks again, and its own limit ends it. */
export async function quietly<T>(ask: () => Promise<T>): Promise<T | null> {
  const patience = new AbortController();
  try {
    return await Promise.race([ask(), sleep(60_000, null, { signal: patience.signal })]);
  } catch {
    return null;
  } finally {
    patience.abort();
  }
}
