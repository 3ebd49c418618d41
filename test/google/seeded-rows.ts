import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { exported } from './ga4-property.ts';
import { bytesOf, type Ga4Row } from './ga4-schema.ts';
import type { Visitor } from './ga4-people.ts';

/** Rows of a table. A list that is no array makes them when they are asked for; it lies in the order of the day's query and repeats nothing. */
export interface Rows {
  readonly length: number;
  slice(from: number, to: number): readonly Ga4Row[];
}

const devices = ['desktop', 'mobile', 'tablet'] as const;
const names = ['page_view', 'page_view', 'scroll', 'view_item', 'add_to_cart', 'purchase'] as const;
const withoutConsent = 0.05;

/** A day of any number of rows in the shape of the export, none of them kept: row n is a function of seed and n. One person has ten of them. */
export function seededRows({ seed, day, timeZone, length }: { seed: number; day: Day; timeZone: string; length: number }): Rows {
  const [startUs, endUs] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
  const people = Math.ceil(length / 10);
  const rowAt = (index: number): Ga4Row => {
    const random = xoroshiro128plus(Math.imul(seed + index, 0x9e3779b1));
    const next = (): number => uniformFloat64(random);
    const visitor = visitorOf(Math.floor(next() * people), day);
    const timeUs = startUs + Math.floor((index / length) * (endUs - startUs));
    const name = names[Math.floor(next() * names.length)] as string;
    return exported({ visitor, day, name, timeUs, session: Math.floor(startUs / 1e6) + visitor.index, bundle: 1 + index, index: index % 10, isKnown: next() >= withoutConsent, price: Math.round(500 + next() * 9500) / 100, type: next(), firstTouchUs: startUs });
  };
  return { length, slice: (from, to) => Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, at) => rowAt(from + at)) };
}

/** Bytes as BigQuery counts them; of rows that are made when asked for, as many times the first one's. */
export function bytesOfRows(rows: Rows, bytesOfRow: (row: Ga4Row) => number = bytesOf): number {
  if (Array.isArray(rows)) return (rows as Ga4Row[]).reduce((sum, row) => sum + bytesOfRow(row), 0);
  return rows.slice(0, 1).reduce((sum, row) => sum + bytesOfRow(row), 0) * rows.length;
}

function visitorOf(index: number, day: Day): Visitor {
  return { index, pseudoId: `${1_000_000_000 + index * 7}.${1_600_000_000 + index}`, firstDay: day, lastDay: day, liking: (index % 10) / 10, visitsPerWeek: 7, country: 'Germany', device: devices[index % 3] as string, source: 'google' };
}
