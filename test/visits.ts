import { writeFileSync } from 'node:fs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, type Day } from '../src/domain/calendar/day.ts';

/** Somebody's own data, in one CSV: visits of some people from `firstDay` on, every day; about half of them stop coming. */
export function writeVisits(file: string, { firstDay, days, people }: { firstDay: Day; days: number; people: number }): void {
  const random = xoroshiro128plus(11);
  const chance = (): number => uniformFloat64(random);
  const lines: string[] = [];
  for (let person = 0; person < people; person += 1) {
    const first = person % 20;
    const leaves = chance() < 0.5 ? first + 8 + 20 * chance() : days;
    for (let at = first; at < Math.min(days, leaves); at += 2 + Math.floor(9 * chance())) {
      lines.push(`c${person},${addDays(firstDay, at)} ${String(8 + Math.floor(12 * chance())).padStart(2, '0')}:30:00,${(5 + 40 * chance()).toFixed(2)}`);
    }
  }
  writeFileSync(file, `customer,visited_at,spent\n${lines.join('\n')}\n`);
}
