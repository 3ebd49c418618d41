import { decimalOf } from '../decimal.ts';
import { longestKeyLength, type Understood } from '../understand-row.ts';
import { wallClock } from '../local-instant.ts';
import type { Day, InstantUs } from '../../calendar/day.ts';

/** A row of a report: values of its dimensions and of its metrics, in the order in which they were asked for. */
export interface ReportRow {
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
}

/** What is asked about each person and day. `person` is the user property that carries the client id. */
export function personReport(person: string): { dimensions: readonly string[]; metrics: readonly string[] } {
  return { dimensions: [`customUser:${person}`, 'eventName'], metrics: ['eventCount', 'eventValue'] };
}

/** The time that an aggregated row gets: 12:00 of its day by the property's clock. */
export function noonOf(day: Day, timeZone: string): InstantUs {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return wallClock(timeZone)({ year, month, day: date, hour: 12, minute: 0, microsecond: 0 });
}

/**
 * One row, one event: all that a person did under one name on one day, at noon. How often it was is in the payload, not in
 * the number of events: times that nobody knows are not invented. `value` is the sum of the events' values, null where
 * that is 0, because the report does not tell "nothing" from "none".
 */
export function understandReported({ dimensions: [person = '', name = ''], metrics: [count = '', worth = ''] }: ReportRow, noonUs: InstantUs): Understood {
  const user = person.trim();
  if (user === '' || user === notSet) return { kind: 'anonymous' };
  if (user.length > longestKeyLength) return rejected(`the client id is longer than ${longestKeyLength} characters`);
  if (name.trim() === '' || name === notSet) return rejected('eventName is not set');
  if (!wholeNumber.test(count)) return rejected('eventCount is not a number above 0');
  const value = decimalOf(worth.trim());
  if (value !== null && !Number.isFinite(value)) return rejected('eventValue is not a number');
  return { kind: 'event', event: { user, timeUs: noonUs, name: name.trim(), value: value || null, group: null } };
}

/** How many events a row stands for; one where its count cannot be read. */
export function eventsOf({ metrics: [count = ''] }: ReportRow): number {
  return wholeNumber.test(count) ? Number(count) : 1;
}

const wholeNumber = /^[1-9]\d*$/;
const notSet = '(not set)';

function rejected(reason: string): Understood {
  return { kind: 'rejected', reason };
}
