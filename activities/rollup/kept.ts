import type { Level, Second } from '../../src/domain/rollup/bucket-name.ts';
import type { RollupSettings } from '../../src/ports/rollup-settings.ts';

/** Rows outlive what their seal says, so that no clock that is ahead of another makes them go too early. */
const LONGER_SECONDS = 600;

/** The clock on the wall: ages of rows are measured by it, times of readings never. */
export const secondsNow = (): number => Math.floor(Date.now() / 1000);

/** Seconds of so many days; 0: for good. */
export const secondsOfDays = (days: number): number => Math.ceil(days * 86_400);

/** How long rows of a level are kept; 0: for good. */
export function keepSecondsOf(level: Level, { minuteDays, hourDays }: RollupSettings['retention']): number {
  return secondsOfDays({ minute: minuteDays, hour: hourDays, day: 0 }[level]);
}

/** What a seal says of rows that were written at `second` or later; 0: for good. */
export const keptUntil = (keepSeconds: number, second: Second): Second => (keepSeconds === 0 ? 0 : second + keepSeconds);

/** What the store is told when it writes rows that are kept so long; 0: for good. */
export const timeToLive = (keepSeconds: number): number => (keepSeconds === 0 ? 0 : keepSeconds + LONGER_SECONDS);
