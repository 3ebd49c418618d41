import { CATEGORIES, type Category } from './accounts.ts';
import { isConserved, type Mismatch } from './conservation.ts';
import type { BucketName } from './bucket-name.ts';
import type { Content } from './seal.ts';
import type { Total } from './total.ts';

/** What a day is worth for one value of a category: `mean` for standings such as followers, `sum` for amounts such as tweets. */
export type Measure = 'mean' | 'sum';

/** One value of one category on one day. */
export interface CategoryRow {
  readonly category: Category;
  readonly value: string;
  readonly members: number;
  /** Members of whom something is missing. */
  readonly partial: number;
  readonly sum: number;
  readonly count: number;
  /** The total by the property's measure: what share, rank and change are of. */
  readonly figure: number;
  /** Of all members, 0 to 1. */
  readonly share: number;
  /** 1 is the largest; equal figures have equal ranks. */
  readonly rank: number;
}

type Sums = Pick<CategoryRow, 'members' | 'partial' | 'sum' | 'count' | 'figure'>;

const nothing: Sums = { members: 0, partial: 0, sum: 0, count: 0, figure: 0 };

/** The rows of all categories from the totals of a day, which may come in pieces. Memory is that of the values, not of the members. */
export function categorising(categoriesOf: (member: string) => Readonly<Record<Category, string>>, measure: Measure) {
  const sums = new Map<Category, Map<string, Sums>>(CATEGORIES.map((category) => [category, new Map()]));
  return {
    add(totals: readonly Total[]): void {
      for (const total of totals) {
        const where = categoriesOf(total.member);
        for (const [category, values] of sums) {
          const so = values.get(where[category]) ?? nothing;
          values.set(where[category], {
            members: so.members + 1, partial: so.partial + (total.isComplete ? 0 : 1), sum: so.sum + total.sum, count: so.count + total.count,
            figure: so.figure + (measure === 'sum' ? total.sum : total.mean),
          });
        }
      }
    },
    rows: (): CategoryRow[] => [...sums].flatMap(([category, values]) => ranked(category, values)),
  };
}

function ranked(category: Category, values: ReadonlyMap<string, Sums>): CategoryRow[] {
  const sorted = [...values].sort(([a, one], [b, other]) => other.figure - one.figure || (a < b ? -1 : 1));
  const all = sorted.reduce((sum, [, { figure }]) => sum + figure, 0);
  const rank = (figure: number): number => 1 + sorted.filter(([, other]) => other.figure > figure).length;
  return sorted.map(([value, row]) => ({ category, value, ...row, share: all === 0 ? 0 : row.figure / all, rank: rank(row.figure) }));
}

/** How a figure compares with one of another day: difference and share of it; nulls where the other day has none, or it is 0. */
export function changeOf(figure: number, before: number | undefined): { readonly difference: number | null; readonly share: number | null } {
  if (before === undefined) return { difference: null, share: null };
  return { difference: figure - before, share: before === 0 ? null : figure / before - 1 };
}

/** Categories of a day whose values do not add up to the day. */
export function categoryMismatches(rows: readonly CategoryRow[], day: BucketName, total: Pick<Content, 'sum' | 'count' | 'rows' | 'magnitude'>): Omit<Mismatch, 'shard'>[] {
  return CATEGORIES.flatMap((category) => {
    const of = rows.filter((row) => row.category === category).reduce((all, { sum, count }) => ({ sum: all.sum + sum, count: all.count + count }), { sum: 0, count: 0 });
    if (isConserved(of, total, total)) return [];
    return [{ level: 'day' as const, bucket: day, sentence: `day ${day} by ${category} adds up to ${of.sum} over ${of.count} readings, and is ${total.sum} over ${total.count}` }];
  });
}
