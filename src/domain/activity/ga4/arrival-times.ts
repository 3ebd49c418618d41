/** Minutes after the deadline until a look finds what streaming brought: no two clocks agree to the second. */
const graceMinutes = 5;
const noon = 12 * 60;

/**
 * Local times at which a day that the morning's look at `ingestAt` did not find is looked at again: about noon, by when
 * most daily tables have come, and right after `dailyTableBy`, when streaming's stand in, or an empty report is missing.
 * None where the morning is later.
 */
export function arrivalTimes(ingestAt: string, dailyTableBy: string): string[] {
  const deadline = minutesOf(dailyTableBy) + graceMinutes;
  return [...new Set([Math.min(noon, deadline), deadline])].filter((minutes) => minutes > minutesOf(ingestAt) && minutes < 24 * 60).map(timeOf);
}

function minutesOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function timeOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
