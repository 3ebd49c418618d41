import { isSettled } from '../../src/domain/activity/manifest.ts';
import { Failure } from '../../src/domain/failure.ts';
import { outcomeOf, type DayOutcome } from './day-outcome.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/**
 * A person takes responsibility for a day that failed: weeks go on with the rows it has (none when it is missing). What its source
 * still brings is read, and the day stays waived while nothing else is wrong with it.
 * Fails with `bad-argument` without a reason, when there is nothing to waive, or when the day may still come by itself.
 */
export const waiveDay = ({ activityStore }: Pick<IngestPlugs, 'activityStore'>) =>
  async ({ property, day, reason }: { property: string; day: Day; reason: string }): Promise<DayOutcome> => {
    if (reason.trim() === '') throw new Failure('bad-argument', `day ${day} of "${property}" is waived only with a reason`);
    const [status] = await activityStore.readDays(property, day, day);
    if (!status) throw new Failure('bad-argument', `day ${day} of "${property}" was not looked at yet, so there is nothing to waive`);
    if (status.state === 'not-due') throw new Failure('bad-argument', `${outcomeOf(property, status).sentence}, at once by: npx almanac source retry ${property} ${day}. It can be waived once it is missing`);
    if (isSettled(status.state) && status.state !== 'waived') throw new Failure('bad-argument', `day ${day} of "${property}" is ${status.state}: there is nothing to waive`);
    await activityStore.markDay({ property, day, state: 'waived', reason });
    return outcomeOf(property, { ...status, state: 'waived', reason });
  };
