import {
  allHandlersFinished, condition, continueAsNew, executeChild, isCancellation, patched, setWorkflowOptions, upsertSearchAttributes, workflowInfo, CancellationScope, ChildWorkflowFailure, ParentClosePolicy,
  TerminatedFailure, WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { revisionId } from '../src/domain/release/ids.ts';
import { provisionalSentence, servingSentence, type RevisionOutcome, type WeekPhase } from '../src/domain/release/week-status.ts';
import type { revision } from './revision.ts';
import { tellingWhenLate } from './late-build.ts';
import { sentenceOf } from './sentence-of.ts';
import { publishing, quick } from './steps.ts';
import { tags } from './tags.ts';
import { becomeFinal, isBecomingFinal } from './week-finality.ts';
import { receiveMessages, tell, type News, type WeekKey } from './week-messages.ts';
import { hasWork, newState, setStage, show, type Build, type WeekState } from './week-state.ts';

export interface WeekInput extends WeekKey {
  /** Handed on by continue-as-new. */
  readonly state?: WeekState;
}

const HOURLY = '1 hour';
/** When a week is late, where a look from an earlier version does not say. */
const LATE_AFTER_HOURS = 6;
const RESTARTS_AFTER_LOST_VERSION = 3;

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, week);
/**
 * One week of one property while its endpoint lives: waits for its days, has its revision built and published, answers
 * messages, builds again when asked or when what was provisional is final, and ends when it is retired.
 */
export async function week(input: WeekInput): Promise<{ phase: WeekPhase }> {
  const state = input.state ?? newState();
  const news = receiveMessages(input, state);
  if (state.nextRevision === null) await openWeek(input, state);
  else show(state, state.phase, state.sentence);

  while (state.phase !== 'retired') {
    const next = state.pending[0];
    if (state.retirement !== null) await retire(input, state);
    else if (next) await build(input, state, next, news);
    else if (workflowInfo().continueAsNewSuggested) await goOnAsNew(input, state);
    else if (isBecomingFinal(state)) await becomeFinal(input, state, news);
    else await condition(() => hasWork(state));
  }
  await condition(allHandlersFinished);
  return { phase: state.phase };
}

/** What the store knows of the week decides what is left to do: a week that is live is served, not built again. */
async function openWeek(input: WeekInput, state: WeekState): Promise<void> {
  upsertSearchAttributes(tags({ property: input.property, week: input.week, runKind: 'week' }));
  const known = await quick('what the store knows of this week').openWeek(input);
  state.live = known.live;
  const isAskedFor = state.pending.length > 0;
  let next = known.nextRevision + state.pending.length;
  state.pending = state.pending.map((build, index) => ({ ...build, revision: known.nextRevision + index }));
  state.handled = state.handled.map(([requestId], index) => [requestId, known.nextRevision + index]);
  if (known.live !== null) show(state, 'serving', `revision ${known.live.revision} is live${known.live.isProvisional ? `. ${provisionalSentence('some')}` : ''}`);
  else if (!isAskedFor && known.isRetired) show(state, 'retired', `retired; to have it again: npx almanac week rerun ${input.property} ${input.week} --from extract`);
  else if (!isAskedFor) state.pending.push({ revision: next++, from: null, requestId: null, override: null });
  state.nextRevision = next;
}

async function build(input: WeekInput, state: WeekState, next: Build, news: News): Promise<void> {
  const { lateAfterHours } = await waitForDays(input, state, news);
  if (state.retirement !== null) return;
  state.building = next.revision;
  show(state, 'building', `building revision ${next.revision}`);
  const building = new CancellationScope();
  news.endBuilding = () => building.cancel();
  try {
    const outcome = await building.run(() => tellingWhenLate(input, state, { revision: next.revision, hours: lateAfterHours }, () => buildRevision(input, state, next, news)));
    state.last = outcome;
    state.live = { revision: outcome.revision, address: outcome.address, modelId: outcome.modelId, scored: outcome.scored, ...(outcome.provisionalDays ? { isProvisional: true } : {}) };
    upsertSearchAttributes(tags({ stage: 'serving', modelVersion: outcome.modelId, rows: outcome.scored }));
    show(state, 'serving', servingSentence(outcome));
    if (outcome.outcome !== 'accepted') await tell(input, 'not-accepted', outcome.quality.sentence);
  } catch (error) {
    if (isCancellation(error)) {
      if (state.retirement !== null) return;
      throw error;
    }
    const sentence = sentenceOf(error);
    state.stages = state.stages.map((row) => (row.state === 'running' ? { ...row, state: 'failed', figures: sentence } : row));
    show(state, state.live === null ? 'failed' : 'serving', `revision ${next.revision} failed: ${sentence}`);
    await tell(input, 'failed', sentence);
  } finally {
    state.building = null;
    state.pending = state.pending.slice(1);
  }
}

/** A week waits for its days: woken by `dayFinal`, and it looks by itself once an hour. Hours before its days are due do not count. Says when its build will be late. */
async function waitForDays(input: WeekInput, state: WeekState, news: News): Promise<{ lateAfterHours: number }> {
  for (;;) {
    news.dayIsFinal = false;
    const days = await quick('are all days final?').lookAtDays(input);
    const { lateAfterHours = LATE_AFTER_HOURS, isEarly = false } = days;
    state.waitingFor = [...days.waitingFor];
    if (days.isReady) {
      state.waitedHours = 0;
      return { lateAfterHours };
    }
    const isNews = state.sentence !== days.sentence;
    show(state, 'waiting', days.sentence);
    setStage(state, { stage: 'days', state: 'waiting', figures: days.figures, tookMs: null });
    if (isNews && days.needsPerson) await tell(input, 'waiting', days.sentence);
    if (!isEarly && state.waitedHours === lateAfterHours) await tell(input, 'late', days.sentence);
    const isWoken = await condition(() => news.dayIsFinal || state.retirement !== null, HOURLY);
    if (!isWoken && !isEarly) state.waitedHours += 1;
    if (state.retirement !== null) return { lateAfterHours };
    if (workflowInfo().continueAsNewSuggested) await goOnAsNew(input, state);
  }
}

/**
 * A revision whose worker version is gone is ended by whoever upgraded, who says so first; it goes on from its last finished
 * stage. One that a person terminates stays ended.
 */
async function buildRevision(input: WeekInput, state: WeekState, next: Build, news: News): Promise<RevisionOutcome> {
  const workflowId = revisionId(input.property, input.week, next.revision);
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await executeChild<typeof revision>('revision', {
        workflowId,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        args: [{ property: input.property, week: input.week, revision: next.revision, from: next.from, override: next.override, overrideChecks: next.overrideChecks ?? null, previous: state.live }],
      });
    } catch (error) {
      if (!(error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure)) throw error;
      // Weeks of before were not told why a revision was terminated.
      const isLostVersion = !patched('told-of-lost-versions') || news.lostVersion === workflowId;
      if (!isLostVersion) throw new Error(`it was terminated; to build it again: npx almanac week rerun ${input.property} ${input.week} --from extract`);
      if (restarts >= RESTARTS_AFTER_LOST_VERSION) throw error;
      news.lostVersion = null;
      state.sentence = `revision ${next.revision} lost its worker version and goes on from its last finished stage`;
    }
  }
}

async function retire(input: WeekInput, state: WeekState): Promise<void> {
  const { reason, by, keepsUnjudged } = state.retirement!; // checked by the caller
  await publishing('410 with the successor').retireWeek({ property: input.property, week: input.week, reason, by, keepsUnjudged });
  upsertSearchAttributes(tags({ stage: 'retired' }));
  show(state, 'retired', `retired: ${reason}`);
}

async function goOnAsNew(input: WeekInput, state: WeekState): Promise<void> {
  // A handler that retires the week waits for the main loop.
  await condition(() => allHandlersFinished() || state.retirement !== null);
  if (state.retirement === null) await continueAsNew<typeof week>({ ...input, state });
}
