import { condition, continueAsNew, patched, setHandler, setWorkflowOptions, upsertSearchAttributes, workflowInfo, allHandlersFinished } from '@temporalio/workflow';
import { isHeldByCheck } from '../src/domain/activity/judge-again.ts';
import { backfillProgressQuery, type BackfillProgress, type FailedDay } from './messages.ts';
import { startReconciling } from './start-reconciling.ts';
import { bulk, joining, quick } from './steps.ts';
import { tags } from './tags.ts';
import { inWaves } from './waves.ts';

export interface BackfillInput {
  readonly property: string;
  readonly from: string;
  readonly to: string;
  readonly which: 'missing' | 'failed' | 'all';
  readonly order: 'oldest' | 'newest';
  /** Whole weeks of the range are built too, always in order, once their days are in. */
  readonly weeks: boolean;
  /** Handed on by continue-as-new. */
  readonly state?: { readonly progress: BackfillProgress; readonly after: string | null; readonly failures?: Failures };
}

/** Days that were not taken in, the first of them and their number: those that a check holds are counted anew once all are judged. */
interface Failures {
  readonly others: readonly FailedDay[];
  readonly otherDays: number;
  readonly held: readonly FailedDay[];
  readonly heldDays: number;
}

/** Days of one plan; a longer range continues as new. */
const PLANNED_DAYS = 200;
const FAILURES_SHOWN = 50;
/** Comparisons started side by side. */
const STARTED_AT_ONCE = 20;
const NO_FAILURES: Failures = { others: [], otherDays: 0, held: [], heldDays: 0 };
const NOTHING_YET: BackfillProgress = { total: 0, done: 0, failed: [], failedDays: 0, rows: 0, failedWeeks: [], failedWeekCount: 0, deciding: null };

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, backfill);
/** Looks at every day of a range in bounded waves, judges them beside one another, then builds the weeks in order. A day is done once, however often this is killed. */
export async function backfill(input: BackfillInput): Promise<BackfillProgress> {
  upsertSearchAttributes(tags({ property: input.property, runKind: 'backfill' }));
  let progress: BackfillProgress = { ...NOTHING_YET, ...input.state?.progress };
  let failures = input.state?.failures ?? progress.failed.reduce(withFailed, NO_FAILURES);
  setHandler(backfillProgressQuery, () => progress);

  for (let after = input.state?.after ?? null; ;) {
    const plan = await quick('which days').planBackfill({ ...input, after, done: progress.done, limit: PLANNED_DAYS });
    progress = { ...progress, total: plan.total };
    await inWaves(plan.days, plan.atOnce, async (day) => {
      const look = await joining(day).joinIngest({ property: input.property, day });
      const isFailed = !['final', 'closed', 'waived', 'provisional', 'not-due', 'outside'].includes(look.state);
      if (isFailed) failures = withFailed(failures, { day, state: look.state, sentence: look.sentence });
      if (look.state === 'not-due') progress = { ...progress, notDueDays: (progress.notDueDays ?? 0) + 1 };
      progress = { ...progress, done: progress.done + 1, rows: progress.rows + look.rows, ...shown(failures) };
      upsertSearchAttributes(tags({ day, rows: progress.rows }));
    });
    after = plan.days.at(-1) ?? after;
    if (plan.isLast) break;
    await condition(allHandlersFinished);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof backfill>({ ...input, state: { progress, after, failures } });
  }

  // Days came in side by side and in any order; the verdicts of their checks must not depend on it.
  if (patched('days-are-judged-again')) {
    const { held, heldDays = held.length, later = [], freed = [] } = await bulk('judge the days again, oldest first').judgeDaysAgain({ property: input.property, from: input.from, to: input.to });
    failures = { ...failures, held, heldDays };
    progress = { ...progress, ...shown(failures), ...(later.length > 0 ? { later } : {}) };
    // No look at such a day comes that would start it: they find it unchanged.
    if (freed.length > 0 && patched('freed-days-are-compared')) await inWaves(freed, STARTED_AT_ONCE, (final) => startReconciling({ property: input.property, ...final }));
  }

  for (const week of input.weeks ? (await quick('which weeks').planBackfillWeeks(input)).weeks : []) {
    progress = { ...progress, deciding: week };
    const { phase, sentence } = await joining(week).awaitWeekDecided({ property: input.property, week });
    // One that was retired meanwhile has served: newer weeks took its place.
    if (phase === 'failed') progress = { ...progress, failedWeeks: [...progress.failedWeeks, { week, phase, sentence }].slice(0, FAILURES_SHOWN), failedWeekCount: (progress.failedWeekCount ?? 0) + 1 };
  }
  progress = { ...progress, deciding: null };
  return progress;
}

function withFailed(failures: Failures, day: FailedDay): Failures {
  const { others, otherDays, held, heldDays } = failures;
  return isHeldByCheck(day.state)
    ? { ...failures, held: [...held, day].slice(0, FAILURES_SHOWN), heldDays: heldDays + 1 }
    : { ...failures, others: [...others, day].slice(0, FAILURES_SHOWN), otherDays: otherDays + 1 };
}

function shown({ others, otherDays, held, heldDays }: Failures): Pick<BackfillProgress, 'failed' | 'failedDays'> {
  return { failed: [...others, ...held].slice(0, FAILURES_SHOWN).sort((a, b) => (a.day < b.day ? -1 : 1)), failedDays: otherDays + heldDays };
}
