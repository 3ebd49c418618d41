import type { InstantUs } from '../calendar/day.ts';

/** One thing one person did, as every source gives it. */
export interface ActivityEvent {
  readonly user: string;
  readonly timeUs: InstantUs;
  /** What was done: `purchase`, `page_view`, … */
  readonly name: string;
  /** Its worth in the property's unit; null where it has none. */
  readonly value: number | null;
  /** What it belongs to: an invoice, an order, a session; null where there is none. */
  readonly group: string | null;
}

/** An event with its identity inside one generation of one day. */
export interface KeyedEvent extends ActivityEvent {
  /** Hash of the source row + `.` + ordinal among equal rows; a pure function of the input. */
  readonly eventKey: string;
  /** The source row as JSON. */
  readonly payload: string;
}
