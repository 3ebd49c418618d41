import { outcomeOf, type DayOutcome } from './day-outcome.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** Writes down that a look found nothing to read, and why. Who has waived a day answers for it also while it cannot be read. */
export const markDay = ({ activityStore }: Pick<IngestPlugs, 'activityStore'>) =>
  async ({ property, day, state, reason }: { property: string; day: Day; state: DayState; reason: string }): Promise<DayOutcome> => {
    const [before] = await activityStore.readDays(property, day, day);
    if (before?.state === 'waived' && state === 'bad-rows') return outcomeOf(property, before);
    await activityStore.markDay({ property, day, state, reason });
    const [status] = await activityStore.readDays(property, day, day);
    return outcomeOf(property, { ...(status ?? { day, generation: 0, rows: 0, people: 0, anonymous: 0, quarantined: 0 }), state, reason, checks: [] });
  };
