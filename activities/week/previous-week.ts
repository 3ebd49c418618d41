import { addWeeks } from '../../src/domain/calendar/week.ts';
import type { Plugs } from '../plugs.ts';

/** Is the week before decided? It is when something of it was ever live, or when nobody is working on it. */
export const isPreviousWeekDecided = ({ releaseStore, sequences }: Plugs) =>
  async ({ property, week }: { property: string; week: string }): Promise<boolean> => {
    const previous = addWeeks(week, -1);
    if ((await releaseStore.readService(property, previous)) !== null) return true;
    const status = await sequences.weekStatus(property, previous);
    return status === null || status.phase === 'serving' || status.phase === 'failed' || status.phase === 'retired';
  };
