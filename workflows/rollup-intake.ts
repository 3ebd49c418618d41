import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { TakenIn } from '../activities/rollup/take-in-readings.ts';
import { bulk } from './steps.ts';
import { tags } from './tags.ts';

/** The list is an artifact: readings never travel through a workflow. */
export type RollupIntakeInput = Parameters<Activities['takeInList']>[0];

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollupIntake);
/** A list of readings, `rollup/<property>/intake/<hash of the list>`: the same list twice is stored once. */
export async function rollupIntake({ property, list }: RollupIntakeInput): Promise<TakenIn> {
  upsertSearchAttributes(tags({ property, runKind: 'rollup-intake' }));
  const taken = await bulk('readings of a list').takeInList({ property, list });
  upsertSearchAttributes(tags({ rows: taken['on-time'] + taken.late + taken.aside }));
  return taken;
}
