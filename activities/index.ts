import { ApplicationFailure } from '@temporalio/activity';
import { Failure } from '../src/domain/failure.ts';
import { judgeDaysAgain } from './backfill/judge-days-again.ts';
import { planBackfill, planBackfillWeeks } from './backfill/plan-backfill.ts';
import { extractShards } from './churn/extract-shards.ts';
import { finishExtract } from './churn/finish-extract.ts';
import { measureGaps } from './churn/measure-gaps.ts';
import { planExtract } from './churn/plan-extract.ts';
import { planCohort, scoreCohortShards } from './cohort/score-cohort.ts';
import { createIngestActivities } from './ingest/create-ingest-activities.ts';
import { lookAtData } from './health/look-at-data.ts';
import { lookAtPrograms } from './health/look-at-programs.ts';
import { restartPart } from './health/restart-part.ts';
import { writeHealthLines } from './health/write-health-lines.ts';
import { acceptModel } from './model/accept-model.ts';
import { deployModel } from './model/deploy-model.ts';
import { finishScore } from './model/finish-score.ts';
import { judgePastWeeks } from './model/judge-past-weeks.ts';
import { planScore } from './model/plan-score.ts';
import { predictShards, rankScores } from './model/predict-shards.ts';
import { trainModels } from './model/train-models.ts';
import { writeScores } from './model/write-scores.ts';
import { notifyPeople } from './notice/notify-people.ts';
import { createPublishActivities } from './publish/index.ts';
import { aggregateDays } from './rollup/aggregate-days.ts';
import { bringInAside } from './rollup/bring-in-aside.ts';
import { checkBuckets } from './rollup/check-buckets.ts';
import { copyBuckets } from './rollup/copy-buckets.ts';
import { countAside } from './rollup/count-aside.ts';
import { findLate } from './rollup/find-late.ts';
import { openCopy } from './rollup/open-copy.ts';
import { planRecompute } from './rollup/plan-recompute.ts';
import { rollBuckets } from './rollup/roll-buckets.ts';
import { dropSeriesTable, ensureSeriesTable } from './rollup/series-tables.ts';
import { takeInList } from './rollup/take-in-list.ts';
import { turnToCopy } from './rollup/turn-to-copy.ts';
import { verifyCopy } from './rollup/verify-copy.ts';
import { awaitWeekDecided, joinIngest } from './tick/join.ts';
import { planTick } from './tick/plan-tick.ts';
import { compareRevisions } from './week/compare-revisions.ts';
import { lookAtDays } from './week/look-at-days.ts';
import { lookAtProvisional } from './week/look-at-provisional.ts';
import { markFinal } from './week/mark-final.ts';
import { openWeek } from './week/open-week.ts';
import { pinDays } from './week/pin-days.ts';
import { isPreviousWeekDecided } from './week/previous-week.ts';
import { refreshStale } from './week/refresh-stale.ts';
import { stageBuilt } from './week/stage-built.ts';
import { dropUnusedWeekTable, endRetiredWeeks, ensureWeekTable } from './week/week-tables.ts';
import type { Plugs } from './plugs.ts';

export type { Plugs } from './plugs.ts';

/** Every step, over the plugs it is handed: the only thing a worker registers. */
export function createActivities(plugs: Plugs) {
  return translated({
    ...createIngestActivities(plugs),
    ...createPublishActivities(plugs),
    acceptModel: acceptModel(plugs),
    aggregateDays: aggregateDays(plugs),
    awaitWeekDecided: awaitWeekDecided(plugs),
    bringInAside: bringInAside(plugs),
    checkBuckets: checkBuckets(plugs),
    compareRevisions: compareRevisions(plugs),
    copyBuckets: copyBuckets(plugs),
    countAside: countAside(plugs),
    deployModel: deployModel(plugs),
    dropSeriesTable: dropSeriesTable(plugs),
    dropUnusedWeekTable: dropUnusedWeekTable(plugs),
    endRetiredWeeks: endRetiredWeeks(plugs),
    ensureSeriesTable: ensureSeriesTable(plugs),
    ensureWeekTable: ensureWeekTable(plugs),
    extractShards: extractShards(plugs),
    findLate: findLate(plugs),
    finishExtract: finishExtract(plugs),
    finishScore: finishScore(plugs),
    isPreviousWeekDecided: isPreviousWeekDecided(plugs),
    joinIngest: joinIngest(plugs),
    judgeDaysAgain: judgeDaysAgain(plugs),
    judgePastWeeks: judgePastWeeks(plugs),
    lookAtData: lookAtData(plugs),
    lookAtDays: lookAtDays(plugs),
    lookAtPrograms: lookAtPrograms(plugs),
    lookAtProvisional: lookAtProvisional(plugs),
    markFinal: markFinal(plugs),
    measureGaps: measureGaps(plugs),
    notifyPeople: notifyPeople(plugs),
    openCopy: openCopy(plugs),
    openWeek: openWeek(plugs),
    pinDays: pinDays(plugs),
    planBackfill: planBackfill(plugs),
    planBackfillWeeks: planBackfillWeeks(plugs),
    planCohort: planCohort(plugs),
    planExtract: planExtract(plugs),
    planRecompute: planRecompute(plugs),
    planScore: planScore(plugs),
    planTick: planTick(plugs),
    predictShards: predictShards(plugs),
    rankScores: rankScores(plugs),
    refreshStale: refreshStale(plugs),
    restartPart: restartPart(plugs),
    rollBuckets: rollBuckets(plugs),
    scoreCohortShards: scoreCohortShards(plugs),
    stageBuilt: stageBuilt(plugs),
    takeInList: takeInList(plugs),
    trainModels: trainModels(plugs),
    turnToCopy: turnToCopy(plugs),
    verifyCopy: verifyCopy(plugs),
    writeHealthLines: writeHealthLines(plugs),
    writeScores: writeScores(plugs),
  });
}

export type Activities = ReturnType<typeof createActivities>;

type Step = (...args: never[]) => Promise<unknown>;

/** Our failures as the server's: the code is the type, and what trying again cannot mend is not tried again. */
function translated<Steps extends Record<string, Step>>(steps: Steps): Steps {
  const wrap = (step: Step): Step => async (...args) => {
    try {
      return await step(...args);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw ApplicationFailure.create({ message: error.message, type: error.code, nonRetryable: error.isFinal, nextRetryDelay: error.retryAfterMs });
    }
  };
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, wrap(step)])) as Steps;
}
