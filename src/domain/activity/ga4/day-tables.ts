import type { Day } from '../../calendar/day.ts';

/**
 * The tables in which Google exports one day, best first: `daily` is complete, `fresh` is a daily table in the making,
 * `intraday` is what streaming has brought so far.
 */
export const tableKinds = ['daily', 'fresh', 'intraday'] as const;
export type TableKind = (typeof tableKinds)[number];

const prefixes: Readonly<Record<TableKind, string>> = { daily: 'events_', fresh: 'events_fresh_', intraday: 'events_intraday_' };

/** The id of a day's table, `events_20260103`. Tables are always named whole: `events_*` would read intraday rows twice. */
export function tableOf(kind: TableKind, day: Day): string {
  return `${prefixes[kind]}${day.replaceAll('-', '')}`;
}

/** Kind and day of a table id; null for a table that is not one of these. */
export function readTableId(id: string): { kind: TableKind; day: Day } | null {
  const match = /^events_(?:(fresh|intraday)_)?(\d{4})(\d{2})(\d{2})$/.exec(id);
  if (!match) return null;
  const [, kind = 'daily', year, month, date] = match;
  return { kind: kind as TableKind, day: `${year}-${month}-${date}` };
}
