import type { Second } from './bucket-name.ts';

/** What becomes of a reading: into an open bucket, into one that is built and opens again, or aside, because it comes too late or is of a time before the first day. */
export type Arrival = 'on-time' | 'late' | 'aside';

/**
 * Late is measured by the data's own clock: from the end of the minute to the newest minute that was closed. A reading of a
 * minute that was never built is on time, however old, down to the first day: so history can be loaded and built years later.
 * Before the first day nothing is ever built.
 */
export function arrivalOf(minuteEnds: Second, { isBuilt, begins, closedUntil, allowedLatenessSeconds }: { isBuilt: boolean; begins: Second; closedUntil: Second | null; allowedLatenessSeconds: number }): Arrival {
  if (minuteEnds <= begins) return 'aside';
  if (!isBuilt) return 'on-time';
  return closedUntil !== null && closedUntil - minuteEnds > allowedLatenessSeconds ? 'aside' : 'late';
}

const DAY_SECONDS = 86_400;
/** Notes of late minutes outlive the time in which the minutes may be opened: by an outage of so many days. */
const NOTE_DAYS = 7;

/** How long a note of a late minute lives. */
export const noteSeconds = (allowedLatenessHours: number): number => allowedLatenessHours * 3600 + NOTE_DAYS * DAY_SECONDS;

/**
 * How far before the newest closed minute a minute may lie of which a note lives: as late as is allowed when it was noted, and the
 * life of the note. After an outage minutes may have closed up to now before anybody looks. What is older than readings are kept
 * (0: for good) cannot be built again.
 */
export function lookBackSeconds(allowedLatenessHours: number, readingDays: number): number {
  const ofNotes = allowedLatenessHours * 3600 + noteSeconds(allowedLatenessHours);
  return readingDays === 0 ? ofNotes : Math.min(ofNotes, readingDays * DAY_SECONDS);
}
