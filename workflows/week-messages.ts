import { condition, getExternalWorkflowHandle, isCancellation, log, setHandler } from '@temporalio/workflow';
import { revisionId } from '../src/domain/release/ids.ts';
import { checkDecision, checkRerun, type GateOverride, type WeekStatus } from '../src/domain/release/week-status.ts';
import {
  approveUpdate, awaitingApprovalSignal, dayFinalSignal, decideSignal, lostVersionSignal, rejectUpdate, rerunSignal, rerunUpdate, retireUpdate, rotateKeyUpdate, stageSignal, statusQuery,
  type PersonDecision,
} from './messages.ts';
import { sentenceOf } from './sentence-of.ts';
import { publishing, telling } from './steps.ts';
import { enqueue, setStage, show, type WeekState } from './week-state.ts';

/** Which week. */
export interface WeekKey {
  readonly property: string;
  readonly week: string;
}

/** Flags that handlers raise for the main loop. */
export interface News {
  dayIsFinal: boolean;
  /** Workflow id of a revision that is ended for want of its worker version; null once it was started again. */
  lostVersion: string | null;
  /** Cancels the revision that is built: a week that is retired needs none, and one that waits for approval would wait for ever. */
  endBuilding?: () => void;
}

/** Handlers only write wishes down; the main loop works. */
export function receiveMessages(input: WeekKey, state: WeekState): News {
  const news: News = { dayIsFinal: false, lostVersion: null };
  setHandler(statusQuery, (): WeekStatus => ({
    property: input.property, week: input.week, phase: state.phase, sentence: state.sentence, stages: state.stages, live: state.live, waitingFor: state.waitingFor, last: state.last,
  }));
  setHandler(dayFinalSignal, () => void (news.dayIsFinal = true));
  setHandler(lostVersionSignal, ({ workflowId }) => void (news.lostVersion = workflowId));
  setHandler(stageSignal, (row) => setStage(state, row));
  setHandler(awaitingApprovalSignal, async ({ sentence }) => {
    show(state, 'awaiting-approval', sentence);
    await tell(input, 'approval', sentence);
  });
  setHandler(rerunSignal, (request) => {
    try {
      enqueue(state, checkRerun(request));
    } catch (error) {
      // A signal has nobody to answer to: the refusal is shown where its sender looks next.
      state.sentence = `rerun refused: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  setHandler(rerunUpdate, (request) => answer(state, () => enqueue(state, request)), { validator: (request) => void checkRerun(request) });
  const decide = (decision: GateOverride['decision']) => (request: PersonDecision) => answer(state, () => decideOrRebuild(input, state, decision, request));
  setHandler(approveUpdate, decide('approve'), { validator: checkDecision });
  setHandler(rejectUpdate, decide('reject'), { validator: checkDecision });
  setHandler(rotateKeyUpdate, () => publishing('a new key').rotateKey(input));
  setHandler(retireUpdate, async (retirement) => {
    state.retirement ??= retirement;
    news.endBuilding?.();
    await condition(() => state.phase === 'retired');
    return { retired: true };
  });
  return news;
}

/** An answer names the revision, which is known once the store was asked. */
async function answer(state: WeekState, wish: () => string | Promise<string>): Promise<{ revision: number }> {
  const requestId = await wish();
  await condition(() => state.nextRevision !== null);
  return { revision: state.handled.find(([known]) => known === requestId)![1] }; // enqueue has just written it
}

/** A decision ends the wait of the revision that asks for it, else it builds a revision that serves the decision. */
async function decideOrRebuild(input: WeekKey, state: WeekState, decision: GateOverride['decision'], { requestId, reason, by }: PersonDecision): Promise<string> {
  const rebuild = (): string => enqueue(state, { from: 'accept', requestId, override: { decision, reason, by } });
  if (state.phase !== 'awaiting-approval' || state.building === null) return rebuild();
  if (state.handled.some(([known]) => known === requestId)) return requestId;
  state.handled.push([requestId, state.building]);
  show(state, 'building', `${decision}d by ${by}`);
  try {
    await getExternalWorkflowHandle(revisionId(input.property, input.week, state.building)).signal(decideSignal, { decision, reason, by });
    return requestId;
  } catch {
    // The revision has just ended, and the decision must not be lost with it.
    state.handled = state.handled.filter(([known]) => known !== requestId);
    return rebuild();
  }
}

/** Tells people, and goes on when nobody can be told: the week's details say the same. */
export async function tell(input: WeekKey, kind: 'waiting' | 'late' | 'failed' | 'not-accepted' | 'approval', sentence: string): Promise<void> {
  try {
    await telling(kind).notifyPeople({ kind, property: input.property, week: input.week, sentence });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('nobody could be told; the week goes on, and its details say the same', { property: input.property, week: input.week, kind, error: sentenceOf(error) });
  }
}
