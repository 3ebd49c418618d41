import { schedulesText } from './schedules.ts';
import type { RollupReport } from './rollup-report.ts';

/** For people: the newest bucket of each level, and what asks for somebody. */
export function rollupText({ rollup, stored, schedules }: RollupReport, nowMs: number): string {
  return [
    ...(stored === null ? ['its buckets are not known: Cassandra does not answer'] : storedText(rollup, stored, nowMs)),
    schedules === null ? 'its schedules are not known: Temporal does not answer' : schedulesText(schedules),
  ].join('\n');
}

function storedText(rollup: string, { clock: { minute, hour, day }, asideHours, copy }: NonNullable<RollupReport['stored']>, nowMs: number): string[] {
  if (minute === null && hour === null && day === null) return ['nothing is built yet', ...asideText(rollup, asideHours)];
  const newest = [minute, hour, day].map((of, at) => `${['minute', 'hour', 'day'][at]} ${of === null ? 'none' : `${of.bucket}${of.partial > 0 ? ` (${of.partial} of ${of.members} members incomplete)` : ''}`}`);
  const ago = minute === null ? '' : `; the minute ended ${Math.max(0, Math.floor((nowMs / 1000 - minute.until) / 60))} min ago`;
  return [`newest closed: ${newest.join(', ')}${ago}`, ...asideText(rollup, asideHours), copy === null ? `series by member have no copy: npx almanac rollup serving rebuild ${rollup}` : `series by member are read from copy ${copy}`];
}

function asideText(rollup: string, hours: number): string[] {
  return hours === 0 ? [] : [`readings of ${hours} ${hours === 1 ? 'hour' : 'hours'} came too late, or lie before the first day, and are kept aside: npx almanac rollup aside ${rollup}`];
}
