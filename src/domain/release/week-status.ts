import { isUnderWay, type DayState } from '../activity/manifest.ts';
import type { Day } from '../calendar/day.ts';
import type { Week } from '../calendar/week.ts';
import type { CheckVerdict } from '../check.ts';
import type { Override } from './release.ts';
import type { RevisionChanges } from './revision-changes.ts';
import { parseStage, type Stage, type StageRow } from './stages.ts';

/** Where a week stands: waiting for days, being built, serving, failed with nothing live, or retired. */
export type WeekPhase = 'waiting' | 'building' | 'awaiting-approval' | 'serving' | 'failed' | 'retired';

/** What is live under the week's address. */
export interface LiveRelease {
  readonly revision: number;
  readonly address: string;
  readonly modelId: string;
  readonly scored: number;
  /** Set while a day that it read may still be changed by its source. */
  readonly isProvisional?: true;
}

/** The answer of a week's `status` query. */
export interface WeekStatus {
  readonly property: string;
  readonly week: Week;
  readonly phase: WeekPhase;
  /** One sentence for people: what it waits for, what came out, or what went wrong and what to do. */
  readonly sentence: string;
  readonly stages: readonly StageRow[];
  readonly live: LiveRelease | null;
  readonly waitingFor: readonly WaitingDay[];
  /** The outcome of the newest finished revision. */
  readonly last: RevisionOutcome | null;
}

export interface WaitingDay {
  readonly day: Day;
  /** `unseen` when nobody has looked at the day yet. */
  readonly state: DayState | 'unseen';
  /** True for an unseen day that no look to come covers. */
  readonly isLeftOut?: boolean;
}

/** Does the day stay as it is until somebody does something? */
export function isStuck({ state, isLeftOut = false }: WaitingDay): boolean {
  return state === 'unseen' ? isLeftOut : !isUnderWay(state);
}

/** Does the week stand still until somebody does something? */
export function needsPerson({ phase, waitingFor }: Pick<WeekStatus, 'phase' | 'waitingFor'>): boolean {
  return phase === 'awaiting-approval' || (phase === 'waiting' && waitingFor.some(isStuck));
}

/** What came out of one revision, as numbers and references. */
export interface RevisionOutcome {
  readonly revision: number;
  readonly kinds: readonly [number, number, number, number];
  readonly quality: QualityLine;
  readonly outcome: string;
  readonly scored: number;
  readonly modelId: string;
  readonly address: string;
  /** Checks that warned or were overridden, and what a person took responsibility for; absent in outcomes that are older. */
  readonly checks?: readonly CheckVerdict[];
  readonly overrides?: readonly Override[];
  /** Days that it read and that their source may still change; absent where there is none. */
  readonly provisionalDays?: number;
  /** People whose kind or decile differs from the revision that was live before, and who they are; null for a first build. */
  readonly changed: RevisionChanges | null;
}

/** What a week says of a release that serves. */
export function servingSentence({ quality, provisionalDays = 0 }: Pick<RevisionOutcome, 'quality' | 'provisionalDays'>): string {
  return provisionalDays === 0 ? quality.sentence : `${quality.sentence} ${provisionalSentence(provisionalDays === 1 ? 'one' : String(provisionalDays))}`;
}

/** The mark in words. */
export function provisionalSentence(days: string): string {
  return `It is provisional: ${days} of its days may still change; it becomes final by itself when all are.`;
}

/** The name of the one wish to build a week again that follows from its provisional release. */
export function finalRequestId(revision: number): string {
  return `final-after-r${revision}`;
}

/** The numbers people look at first. */
export interface QualityLine {
  readonly recipe: string;
  readonly auc: number | null;
  readonly baseline: string;
  readonly baselineAuc: number | null;
  readonly sentence: string;
}

/** A wish to build a week again from a stage on. */
export interface RerunRequest {
  readonly from: Stage;
  /** The caller's name for this wish: the same name twice is one wish. */
  readonly requestId: string;
  readonly override?: GateOverride;
  /** Lets the build go on over checks of the week that fail. */
  readonly overrideChecks?: CheckOverride;
}

/** A person's reason to train although checks of the week fail. */
export interface CheckOverride {
  readonly reason: string;
  readonly by: string;
}

/** A person's decision that stands in for the gate's. */
export interface GateOverride {
  readonly decision: 'approve' | 'reject';
  readonly reason: string;
  readonly by: string;
}

/** Checks a re-run request that came from outside; throws RangeError with what was expected. */
export function checkRerun(request: RerunRequest): RerunRequest {
  if (typeof request !== 'object' || request === null) throw new RangeError('expected {"from": "<stage>", "requestId": "<name of this request>"}');
  parseStage(String(request.from));
  checkName('requestId', request.requestId);
  if (request.overrideChecks) checkReason(request.overrideChecks);
  return request;
}

/** Checks a person's decision; throws RangeError with what was expected. */
export function checkDecision(decision: { requestId: string; reason: string; by: string }): void {
  checkName('requestId', decision.requestId);
  checkReason(decision);
}

function checkReason({ reason, by }: { reason: string; by: string }): void {
  if (typeof reason !== 'string' || reason.trim() === '') throw new RangeError('a reason is expected: it is kept with the release');
  if (typeof by !== 'string' || by.trim() === '') throw new RangeError('"by" is expected: who takes the decision');
}

function checkName(field: string, value: unknown): void {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_.:-]{1,64}$/.test(value)) throw new RangeError(`${field} is ${JSON.stringify(value)}; expected 1 to 64 letters, digits or _ . : -`);
}
