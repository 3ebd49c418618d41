import type { Plugs } from '../plugs.ts';

/** Makes `recent_users_YYYY_WW`; making it again changes nothing. */
export const ensureWeekTable = ({ peopleStore }: Plugs) =>
  ({ week }: { week: string }): Promise<void> => peopleStore.ensureWeekTable(week);

/** Drops the week's table once no property has rows in it. */
export const dropUnusedWeekTable = ({ peopleStore }: Plugs) =>
  async ({ week }: { week: string }): Promise<void> => {
    if (!(await peopleStore.listWeekTables()).includes(week)) return;
    if (!(await peopleStore.hasRows(week))) await peopleStore.dropWeekTable(week);
  };
