import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';

/** An invented visitor whose whole life is known. */
export interface Visitor {
  readonly index: number;
  /** As Google writes a browser's id: two numbers and a dot. */
  readonly pseudoId: string;
  readonly firstDay: Day;
  /** The last day with visits; beyond the generated days when the visitor stays. */
  readonly lastDay: Day;
  /** 0 … 1: how much the visitor likes the site. Everything else follows from it and chance. */
  readonly liking: number;
  readonly visitsPerWeek: number;
  readonly country: string;
  readonly device: string;
  readonly source: string;
}

/** Numbers in [0, 1) that are the same for the same words. */
export function chanceOf(...words: readonly (string | number)[]): () => number {
  const random = xoroshiro128plus(createHash('sha256').update(words.join('\u001f')).digest().readInt32LE(0));
  return () => uniformFloat64(random);
}

/**
 * The rule of churn: a visitor leaves in a week with probability 0.30 · (1 − liking)² + 0.005, and comes 0.4 + 5 · liking²
 * times a week until then. So who comes rarely is likely to leave, and the probability itself is known.
 */
export function visitorOf(seed: number, index: number, firstDay: Day, days: number): Visitor {
  const next = chanceOf(seed, 'visitor', index);
  const liking = next();
  const started = Math.floor(next() * days);
  const leaving = 0.3 * (1 - liking) ** 2 + 0.005;
  const weeks = Math.floor(Math.log(1 - next()) / Math.log(1 - leaving));
  const pick = <Item>(...items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  return {
    index,
    pseudoId: `${1_000_000_000 + Math.floor(next() * 8_999_999_999)}.${1_600_000_000 + index}`,
    firstDay: addDays(firstDay, started),
    lastDay: addDays(firstDay, started + 7 * Math.min(weeks, 2000) + Math.floor(next() * 7)),
    liking,
    visitsPerWeek: 0.4 + 5 * liking ** 2,
    country: pick('Germany', 'Austria', 'Switzerland', 'Österreich', 'India'),
    device: pick('desktop', 'mobile', 'tablet'),
    source: pick('google', '(direct)', 'newsletter', 'bing'),
  };
}
