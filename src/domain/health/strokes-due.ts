import { bucketAt, spanOf, type BucketName, type Level, type Second } from '../rollup/bucket-name.ts';

/** A bucket that its own stroke must have built by now, and what the strokes before it have built where they came at all. */
export interface StrokeDue {
  readonly level: Level;
  readonly bucket: BucketName;
  readonly before: { readonly level: Level; readonly bucket: BucketName };
}

/** Midnight builds a day of minutes, hours, the day and its totals. */
const DAYS_TIMES = 4;

/**
 * The newest hour and the newest day whose strokes are over, each given so many minutes (a day four times as many). Minutes do not
 * tell that: they go on where an hour or a midnight has failed. Only where strokes came until shortly before is one missed: a
 * rollup that has just begun, or whose worker was away, has none, and the next midnight makes up for it. The last hour of a day
 * is midnight's.
 */
export function strokesDue(now: Second, allowedMinutes: number, timeZone: string): StrokeDue[] {
  const due = (level: 'hour' | 'day', allowed: Second): BucketName => bucketAt(level, spanOf(bucketAt(level, now - allowed, timeZone), timeZone).from - 1, timeZone);
  const [hour, day] = [due('hour', allowedMinutes * 60), due('day', DAYS_TIMES * allowedMinutes * 60)];
  const [hourEnds, dayEnds] = [spanOf(hour, timeZone).to, spanOf(day, timeZone).to];
  const isMidnights = spanOf(bucketAt('day', hourEnds, timeZone), timeZone).from === hourEnds;
  return [
    ...(isMidnights ? [] : [{ level: 'hour' as const, bucket: hour, before: { level: 'minute' as const, bucket: bucketAt('minute', hourEnds - 120, timeZone) } }]),
    { level: 'day', bucket: day, before: { level: 'hour', bucket: bucketAt('hour', dayEnds - 7200, timeZone) } },
  ];
}
