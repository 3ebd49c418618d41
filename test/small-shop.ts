import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, daysFromTo, type Day } from '../src/domain/calendar/day.ts';

/** A small made-up shop whose weeks build in seconds: 12 weeks, a signal in how regularly people come. */
export const SMALL_SHOP = { firstDay: '2026-01-05', lastDay: '2026-03-29', firstWeek: '2026-W09', lastWeek: '2026-W13', people: 700 } as const;

/** Writes one gzip CSV a day into `folder`; the same seed gives the same bytes. `mark` begins every person's id. */
export function writeSmallShop(folder: string, { seed = 7, mark = 'p', people = SMALL_SHOP.people, days = 84 }: { seed?: number; mark?: string; people?: number; days?: number } = {}): void {
  mkdirSync(folder, { recursive: true });
  const random = xoroshiro128plus(seed);
  const chance = (): number => uniformFloat64(random);
  const rows = new Map<Day, string[]>(daysFromTo(SMALL_SHOP.firstDay, SMALL_SHOP.lastDay).map((day) => [day, []]));
  for (let person = 0; person < people; person += 1) {
    const first = Math.floor(chance() * 70);
    const gapDays = 2 + chance() * 9;
    const leaves = chance() < 0.45 ? first + 6 + chance() * 25 : 1000;
    for (let at = first; at < 84 && at < leaves; at += Math.max(1, Math.round(gapDays * (0.4 + 1.2 * chance())))) {
      const [day, hour, minute] = [addDays(SMALL_SHOP.firstDay, at), 8 + Math.floor(chance() * 12), Math.floor(chance() * 60)];
      rows.get(day)?.push(`${mark}${person},${day} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00,${(1 + chance() * 40).toFixed(2)},o${person}-${at}`);
    }
  }
  for (const [day, lines] of [...rows].slice(0, days)) writeFileSync(join(folder, `${day}.csv.gz`), gzipSync(`who,when,worth,order\n${lines.join('\n')}\n`));
}

/** The property's part of `almanac.yaml`; `different` wins. */
export function smallShopProperty(folder: string, different: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    timeZone: 'Europe/Berlin', shards: 4,
    calendar: { firstDay: SMALL_SHOP.firstDay, lastDay: SMALL_SHOP.lastDay },
    source: {
      kind: 'files', folder, file: '{day}.csv.gz', format: 'csv',
      columns: { user: { column: 'who' }, time: { column: 'when', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'purchase' }, value: { column: 'worth' }, group: { column: 'order' } },
    },
    churn: { horizonDays: 14, minimumHistoryDays: 7, minimumEvents: 2 },
    checks: { lowVolumeShare: 0 },
    training: { evaluationSnapshots: 4, dense: false },
    schedules: { paused: true },
    ...different,
  };
}
