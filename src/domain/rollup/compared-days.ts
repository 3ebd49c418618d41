import { Temporal } from 'temporal-polyfill';
import { addDays, type Day } from '../calendar/day.ts';
import { changeOf, type CategoryRow } from './categories.ts';
import type { Category } from './accounts.ts';

/** Days that a day is compared with. */
export const EARLIER = ['yesterday', 'lastWeek', 'lastMonth'] as const;
export type Earlier = (typeof EARLIER)[number];

/** Seen from the day itself; where the month before has no such date, its last day. */
export function earlierDays(day: Day): Record<Earlier, Day> {
  return { yesterday: addDays(day, -1), lastWeek: addDays(day, -7), lastMonth: Temporal.PlainDate.from(day).subtract({ months: 1 }).toString() };
}

export type ComparedRow = CategoryRow & { readonly change: Readonly<Record<Earlier, ReturnType<typeof changeOf>>> };

/** Each row of a day beside the same value of earlier days; null where a day has no totals, or no such value. */
export function compared(rows: readonly CategoryRow[], earlier: Readonly<Record<Earlier, readonly CategoryRow[] | null>>): ComparedRow[] {
  return rows.map((row) => {
    const change = (when: Earlier) => changeOf(row.figure, earlier[when]?.find(({ category, value }) => category === row.category && value === row.value)?.figure);
    return { ...row, change: { yesterday: change('yesterday'), lastWeek: change('lastWeek'), lastMonth: change('lastMonth') } };
  });
}

/** The rows of one category, the largest first; equal ranks by name. */
export function ranking(rows: readonly ComparedRow[], category: Category): ComparedRow[] {
  return rows.filter((row) => row.category === category).sort((a, b) => a.rank - b.rank || (a.value < b.value ? -1 : 1));
}
