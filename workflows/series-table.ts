import { setWorkflowOptions } from '@temporalio/workflow';
import { tables } from './steps.ts';

export interface SeriesTableInput {
  readonly property: string;
  readonly copy: number;
  readonly action: 'ensure' | 'drop';
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, seriesTable);
/** Makes or drops the table of a copy by member. Runs on a queue of concurrency one: schema changes never race. */
export async function seriesTable({ property, copy, action }: SeriesTableInput): Promise<void> {
  if (action === 'ensure') await tables('series table').ensureSeriesTable({ property, copy });
  else await tables('series table').dropSeriesTable({ property, copy });
}
