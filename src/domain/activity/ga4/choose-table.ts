import { addDays, formatInstant, startOfDay, type Day, type InstantUs } from '../../calendar/day.ts';
import { wallClock } from '../local-instant.ts';
import { tableOf, type TableKind } from './day-tables.ts';

/** When tables of the export are expected and when they have settled. */
export interface ExportClock {
  /** Of the Google Analytics property; decides which day an event belongs to. */
  readonly timeZone: string;
  /** `18:00`: local time of the next day from which a day without its daily table is read from what streaming brought. */
  readonly dailyTableBy: string;
}

export type ChosenTable<Table> =
  | { readonly state: 'present'; readonly kind: TableKind; readonly table: Table; readonly finality: 'final' | 'provisional' }
  /** `dueByUs` while Google still has time to write it. */
  | { readonly state: 'missing'; readonly expected: string; readonly dueByUs?: InstantUs };

/** Google adds late events to a day's table for so long after the day's end. */
export const settlingHours = 72;
/** How many days before yesterday a morning must look back to see a day settled. */
export const settlingLookBackDays = Math.ceil(settlingHours / 24);
/**
 * `dailyTableBy` of a source of reports, fixed: Google names no hour for its reports, so an empty one of before is late and
 * not yet missing, as a table of the export would be by its default.
 */
export const reportBy = '18:00';
const hourUs = 3_600_000_000;

/** The instant from which `fresh` and `intraday` stand in for a daily table that is not there. */
export function deadlineOf(day: Day, { timeZone, dailyTableBy }: ExportClock): InstantUs {
  const [year = 0, month = 0, date = 0] = addDays(day, 1).split('-').map(Number);
  const [hour = 0, minute = 0] = dailyTableBy.split(':').map(Number);
  return wallClock(timeZone)({ year, month, day: date, hour, minute, microsecond: 0 });
}

/**
 * The instant from which nothing of the day changes by itself: 72 hours after its end, whichever table it is. Above a
 * million events a day the daily table may never come; what streaming brought is then the day's last word. It is not
 * counted from the deadline: the last look of a schedule that looks back four days would come before it.
 */
export function settledAt(day: Day, clock: ExportClock): InstantUs {
  return Math.max(startOfDay(addDays(day, 1), clock.timeZone) + settlingHours * hourUs, deadlineOf(day, clock));
}

/** Which of the tables that exist is the day at `nowUs`; `tables` of kinds that were not asked for may be left out. */
export function chooseTable<Table>(day: Day, tables: Partial<Readonly<Record<TableKind, Table | null>>>, clock: ExportClock, nowUs: InstantUs): ChosenTable<Table> {
  const finality = nowUs >= settledAt(day, clock) ? 'final' : 'provisional';
  if (tables.daily) return { state: 'present', kind: 'daily', table: tables.daily, finality };
  const deadlineUs = deadlineOf(day, clock);
  if (nowUs < deadlineUs) return { state: 'missing', expected: `table ${tableOf('daily', day)} (Google writes it until ${clock.dailyTableBy} of the next day; from ${formatInstant(deadlineUs)} on ${tableOf('intraday', day)} is taken instead)`, dueByUs: deadlineUs };
  for (const kind of ['fresh', 'intraday'] as const) {
    const table = tables[kind];
    if (table) return { state: 'present', kind, table, finality };
  }
  return { state: 'missing', expected: `table ${tableOf('daily', day)}, ${tableOf('fresh', day)} or ${tableOf('intraday', day)}` };
}
