import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { GateOverride, RerunRequest, WeekStatus } from '../src/domain/release/week-status.ts';
import type { StageRow } from '../src/domain/release/stages.ts';

/** Messages of a week. `rerun` is a signal, usable by hand, and an update, which answers with the revision. */
export const rerunSignal = defineSignal<[RerunRequest]>('rerun');
export const rerunUpdate = defineUpdate<{ revision: number }, [RerunRequest]>('rerun');

export interface PersonDecision {
  readonly requestId: string;
  readonly reason: string;
  readonly by: string;
}
/** Lets a model serve that the gate refused, or that waits for approval; answers with the revision that will serve it. */
export const approveUpdate = defineUpdate<{ revision: number }, [PersonDecision]>('approve');
/** Keeps the champion instead of the model that waits or serves; answers with the revision that will serve it. */
export const rejectUpdate = defineUpdate<{ revision: number }, [PersonDecision]>('reject');
export const rotateKeyUpdate = defineUpdate<{ keyId: string }, []>('rotateKey');
/** Why a week is taken down, and by whom; `keepsUnjudged`: its rows stay until its predictions were judged. */
export interface Retirement {
  readonly reason: string;
  readonly by: string;
  readonly keepsUnjudged?: boolean;
}
export const retireUpdate = defineUpdate<{ retired: boolean }, [Retirement]>('retire');

/** A day became final, or was waived: whoever waits looks again. */
export const dayFinalSignal = defineSignal<[{ day: string }]>('dayFinal');
export const statusQuery = defineQuery<WeekStatus>('status');

/** From a revision to its week, and back. */
export const stageSignal = defineSignal<[StageRow]>('stage');
export const awaitingApprovalSignal = defineSignal<[{ sentence: string }]>('awaitingApproval');
/** The worker version of a revision is gone: whoever says so ends the revision, and the week starts it again. */
export const lostVersionSignal = defineSignal<[{ workflowId: string }]>('lostVersion');
export const decideSignal = defineSignal<[GateOverride]>('decide');

export interface FailedDay {
  readonly day: string;
  readonly state: string;
  readonly sentence: string;
}

export interface BackfillProgress {
  readonly total: number;
  readonly done: number;
  /** Days that were not taken in, and why: the first of them. */
  readonly failed: readonly FailedDay[];
  /** How many there are in all; absent in the progress of runs that are older. */
  readonly failedDays?: number;
  /** Days that are not there while their source still has time to bring them: no failure, and looked at again; absent where there is none. */
  readonly notDueDays?: number;
  /** Days after the range that a check holds now that the range is in their past: the first of them. */
  readonly later?: readonly FailedDay[];
  readonly rows: number;
  /** Weeks that came to an end without serving: the first of them. */
  readonly failedWeeks: readonly { week: string; phase: string; sentence: string }[];
  /** How many there are in all. */
  readonly failedWeekCount?: number;
  /** The week that it waits for: the days are done then. */
  readonly deciding: string | null;
}
export const backfillProgressQuery = defineQuery<BackfillProgress>('progress');

export interface CohortStatus {
  readonly state: 'waiting' | 'scoring' | 'done' | 'failed';
  readonly people: number;
  readonly scored: number;
  readonly notEnoughHistory: number;
  readonly unknown: number;
  readonly sentence: string;
}
export const cohortStatusQuery = defineQuery<CohortStatus>('status');
