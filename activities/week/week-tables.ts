import { Failure } from '../../src/domain/failure.ts';
import type { Plugs } from '../plugs.ts';

/** Makes `recent_users_YYYY_WW`; making it again changes nothing. Fails with `bad-configuration` beyond the limit of live weeks. */
export const ensureWeekTable = ({ peopleStore, limits }: Plugs) =>
  async ({ week }: { week: string }): Promise<void> => {
    const tables = await peopleStore.listWeekTables();
    if (!tables.includes(week) && tables.length >= limits.maximumLiveWeeks) {
      throw new Failure('bad-configuration', `${week} would be live week ${tables.length + 1}; at most ${limits.maximumLiveWeeks} may be (maximumLiveWeeks). Retire one: npx almanac week retire <property> ${tables[0]} --reason "…", or raise the limit`);
    }
    await peopleStore.ensureWeekTable(week);
  };

/** Drops the week's table once no property has rows in it or is building it. */
export const dropUnusedWeekTable = ({ peopleStore, sequences }: Plugs) =>
  async ({ week }: { week: string }): Promise<void> => {
    if (!(await peopleStore.listWeekTables()).includes(week) || (await sequences.isBuilt(week))) return;
    if (!(await peopleStore.hasRows(week))) await peopleStore.dropWeekTable(week);
  };

/** Ends the workflows of weeks that are retired by now; answers with the weeks whose tables may have lost their last property. */
export const endRetiredWeeks = ({ releaseStore, peopleStore, sequences }: Plugs) =>
  async ({ property }: { property: string }): Promise<{ tables: readonly string[] }> => {
    const weeks = await releaseStore.listWeeks(property);
    const retired = new Set(weeks.filter(({ service }) => service?.state === 'retired').map(({ week }) => week));
    for (const week of await sequences.runningWeeks(property)) {
      if (retired.has(week)) await sequences.retireOldWeek(property, week, 'no longer among the weeks that are served');
    }
    return { tables: (await peopleStore.listWeekTables()).filter((week) => retired.has(week)) };
  };
