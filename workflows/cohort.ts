import { setHandler, setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import { cohortStatusQuery, type CohortStatus } from './messages.ts';
import { bulk, quick } from './steps.ts';
import { tags } from './tags.ts';
import { inWaves, shardRanges } from './waves.ts';
import type { CohortRequest } from '../src/domain/release/cohort.ts';

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, cohort);
/** People by list or by filter, as they were at a day, scored once by the model of a week. */
export async function cohort(request: CohortRequest): Promise<CohortStatus> {
  let status: CohortStatus = { state: 'waiting', people: 0, scored: 0, notEnoughHistory: 0, unknown: 0, sentence: 'just started' };
  setHandler(cohortStatusQuery, () => status);
  upsertSearchAttributes(tags({ property: request.property, runKind: 'cohort', week: request.week }));
  try {
    const plan = await quick('model, days, shards').planCohort(request);
    upsertSearchAttributes(tags({ modelVersion: plan.modelId }));
    status = { ...status, state: 'scoring', sentence: `${plan.week}'s model scores people as of ${request.asOf}` };
    await bulk('model server agrees with the trainer').deployModel({ property: request.property, modelId: plan.modelId });
    await inWaves(shardRanges(plan.shardCount), plan.atOnce, async (shards) => {
      const counts = await bulk(`shards ${shards[0]}…${shards.at(-1)}`).scoreCohortShards({ request, plan, shards });
      status = { ...status, people: status.people + counts.people, scored: status.scored + counts.scored, notEnoughHistory: status.notEnoughHistory + counts.notEnoughHistory, unknown: status.unknown + counts.unknown };
    });
  } catch (error) {
    status = { ...status, state: 'failed', sentence: error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error) };
    throw error;
  }
  status = { ...status, state: 'done', sentence: `${status.scored} of ${status.people} people scored` };
  upsertSearchAttributes(tags({ rows: status.scored }));
  return status;
}
