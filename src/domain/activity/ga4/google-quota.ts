import { addDays, dayOf, startOfDay } from '../../calendar/day.ts';

/**
 * Which of Google's quotas is used up. Those of a property are of the Analytics Data API v1beta (PropertyQuota): ten
 * concurrent requests, tokens per hour and per day, 35 % of the hour's tokens for one project, 120 requests with
 * dimensions that may be thresholded, ten server errors per project. Per minute are those of a Cloud project.
 */
export type GoogleQuota = 'concurrent-requests' | 'requests-per-minute' | 'tokens-per-hour' | 'project-share' | 'thresholded-requests' | 'server-errors' | 'per-day' | 'unknown';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** Google counts its days here, summer time included. */
export const quotaTimeZone = 'America/Los_Angeles';
/** Added to the end of a quota's time: clocks differ a little, and an early request is a request lost. */
const marginMs = 5 * secondMs;
const concurrentMs = 5 * secondMs;
/** The longest that any quota lasts: a day of 25 hours. */
const longestMs = 25 * hourMs;

/** Google names a quota only in the words of its message, and in few reasons; the first that fits. */
const words: readonly (readonly [GoogleQuota, RegExp])[] = [
  ['server-errors', /server errors?/i],
  ['thresholded-requests', /thresholded/i],
  ['concurrent-requests', /concurrent/i],
  ['per-day', /per ?day|24 hours|\bdaily|-1d\b/i],
  ['requests-per-minute', /per ?minute|-100s\b/i],
  ['project-share', /project per hour|for a project/i],
  ['tokens-per-hour', /per ?hour|under an hour|tokens/i],
];

/** The quota that a 429, or a 403 that is one, speaks of. */
export function quotaOf({ reason, message }: { readonly reason: string; readonly message: string }): GoogleQuota {
  const said = `${reason} ${message}`;
  return words.find(([, pattern]) => pattern.test(said))?.[0] ?? 'unknown';
}

/**
 * Milliseconds until it is worth asking again; undefined where nothing is known and growing pauses must do. `Retry-After`
 * makes a wait longer, never shorter: what is gone until the full hour is gone however soon Google invites us back.
 */
export function waitFor(quota: GoogleQuota, nowMs: number, retryAfterMs?: number): number | undefined {
  const untilMs = resumesAt(quota, nowMs);
  if (untilMs === undefined && retryAfterMs === undefined) return undefined;
  return Math.min(longestMs, Math.max(retryAfterMs ?? 0, (untilMs ?? nowMs) - nowMs));
}

/** The instant (milliseconds since 1970) from which the quota has something again; undefined for an unknown one. */
export function resumesAt(quota: GoogleQuota, nowMs: number): number | undefined {
  switch (quota) {
    case 'concurrent-requests':
      return nowMs + concurrentMs;
    case 'requests-per-minute':
      return nextMultiple(nowMs, minuteMs) + marginMs;
    case 'tokens-per-hour':
    case 'project-share':
    case 'thresholded-requests':
    case 'server-errors':
      return nextMultiple(nowMs, hourMs) + marginMs;
    case 'per-day':
      return startOfDay(addDays(quotaDayOf(nowMs), 1), quotaTimeZone) / 1000 + marginMs;
    case 'unknown':
      return undefined;
  }
}

/** The day that Google counts this instant to. */
export function quotaDayOf(nowMs: number): string {
  return dayOf(nowMs * 1000, quotaTimeZone);
}

/** Whole hours since 1970: the hour that Google counts this instant to. */
export function quotaHourOf(nowMs: number): number {
  return Math.floor(nowMs / hourMs);
}

/** The quota in words, for a sentence. */
export function quotaText(quota: GoogleQuota): string {
  const texts: Readonly<Record<GoogleQuota, string>> = {
    'concurrent-requests': 'too many requests at once',
    'requests-per-minute': 'requests of this minute',
    'tokens-per-hour': 'tokens of this hour',
    'project-share': "this project's share of the hour's tokens",
    'thresholded-requests': 'requests of this hour that may be thresholded',
    'server-errors': 'server errors of this hour: ten lock a property',
    'per-day': 'quota of this day, which ends at midnight Pacific',
    unknown: 'an unnamed quota',
  };
  return texts[quota];
}

function nextMultiple(nowMs: number, stepMs: number): number {
  return (Math.floor(nowMs / stepMs) + 1) * stepMs;
}
