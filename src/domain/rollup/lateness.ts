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
