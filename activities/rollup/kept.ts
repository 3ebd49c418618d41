/** The clock on the wall: ages of rows are measured by it, times of readings never. */
export const secondsNow = (): number => Math.floor(Date.now() / 1000);

/** How long rows of a level are kept; 0: for good. */
export const secondsOfDays = (days: number): number => Math.ceil(days * 86_400);
