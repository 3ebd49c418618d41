import { setWorkflowOptions } from '@temporalio/workflow';
import { tables } from './steps.ts';

export interface WeekTableInput {
  readonly week: string;
  readonly action: 'ensure' | 'drop-if-unused';
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, weekTable);
/** Makes or drops `recent_users_YYYY_WW`. Runs on a queue of concurrency one: schema changes never race. */
export async function weekTable(input: WeekTableInput): Promise<void> {
  if (input.action === 'ensure') await tables('recent_users table').ensureWeekTable(input);
  else await tables('recent_users table').dropUnusedWeekTable(input);
}
