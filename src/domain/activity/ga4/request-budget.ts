import { quotaDayOf, quotaHourOf, resumesAt, type GoogleQuota } from './google-quota.ts';

/** What all workers together know of one property's quotas. Figures of another hour or day count for nothing. */
export interface BudgetState {
  /** Requests under way: id and when the leave lapses, in milliseconds since 1970. */
  readonly leases: Readonly<Record<string, number>>;
  /** The hour (since 1970) that `hourTokens`, `serverErrors` and `requestTokens` belong to. */
  readonly hour: number;
  /** Tokens left of the property's hour and of the project's share in it, whichever is less; null before the first answer. */
  readonly hourTokens: number | null;
  /** Google's day, at the Pacific, that `dayTokens` belongs to. */
  readonly day: string;
  readonly dayTokens: number | null;
  /** The most that one request took in this hour: what the next one may take. */
  readonly requestTokens: number;
  readonly serverErrors: number;
  readonly parkedUntilMs: number;
  readonly parkedFor: GoogleQuota;
}

/** Leave to send one request, or when to ask for it again and why. */
export type Grant =
  | { readonly isGranted: true; readonly lapsesAtMs: number }
  | { readonly isGranted: false; readonly untilMs: number; readonly because: GoogleQuota };

export interface LeaveAsked {
  /** Unique; the request is told from others by it. */
  readonly lease: string;
  readonly nowMs: number;
  readonly concurrentRequests: number;
}

/** What came of a request. */
export interface RequestReport {
  readonly lease: string;
  readonly askedAtMs: number;
  readonly nowMs: number;
  readonly isServerError?: boolean;
  /** What `returnPropertyQuota` said; absent where no answer came. */
  readonly quota?: { readonly hourTokens: number; readonly dayTokens: number; readonly taken: number; readonly serverErrorsLeft: number };
  /** A 429: which quota, and until when nothing of this property is asked. */
  readonly refusal?: { readonly quota: GoogleQuota; readonly untilMs: number };
}

/** Ten server errors in an hour lock a standard property for all that this project asks; one stays in hand. */
export const mostServerErrors = 9;
/** Google: "most requests consume fewer than 10 tokens". */
const usualTokens = 10;
/** A worker that died gives its place back after so long: longer than a request may take. */
export const leaseMs = 120_000;
/** A place that a request under way holds is free soon. */
const soonMs = 1000;

export const freshBudget: BudgetState = { leases: {}, hour: 0, hourTokens: null, day: '', dayTokens: null, requestTokens: usualTokens, serverErrors: 0, parkedUntilMs: 0, parkedFor: 'unknown' };

/**
 * Leave for one request, and the state with it. Every request under way is counted as if it took the most tokens seen and
 * ended with a server error, so whatever becomes of them no quota is passed.
 */
export function grantLeave(before: BudgetState, { lease, nowMs, concurrentRequests }: LeaveAsked): { grant: Grant; state: BudgetState } {
  const state = atTime(before, nowMs);
  const refuse = (because: GoogleQuota, untilMs: number) => ({ grant: { isGranted: false as const, because, untilMs }, state });
  const underWay = Object.keys(state.leases).length;
  const ends = (quota: GoogleQuota): number => (underWay > 0 ? nowMs + soonMs : (resumesAt(quota, nowMs) ?? nowMs + soonMs));
  if (state.parkedUntilMs > nowMs) return refuse(state.parkedFor, state.parkedUntilMs);
  if (state.serverErrors + underWay >= mostServerErrors) return refuse('server-errors', ends('server-errors'));
  if (underWay >= concurrentRequests) return refuse('concurrent-requests', nowMs + soonMs);
  const needed = (underWay + 1) * state.requestTokens;
  if (state.dayTokens !== null && state.dayTokens < needed) return refuse('per-day', ends('per-day'));
  if (state.hourTokens !== null && state.hourTokens < needed) return refuse('tokens-per-hour', ends('tokens-per-hour'));
  const lapsesAtMs = nowMs + leaseMs;
  return { grant: { isGranted: true, lapsesAtMs }, state: { ...state, leases: { ...state.leases, [lease]: lapsesAtMs } } };
}

/** What holds the next request back however few are under way, and until when; null when it may be sent. */
export function waitOf(state: BudgetState, nowMs: number): { readonly because: GoogleQuota; readonly untilMs: number } | null {
  const { grant } = grantLeave({ ...state, leases: {} }, { lease: '', nowMs, concurrentRequests: 1 });
  return grant.isGranted ? null : { because: grant.because, untilMs: grant.untilMs };
}

/** The state after a request: its place is free, and what Google said is known to all. */
export function settleRequest(before: BudgetState, { lease, askedAtMs, nowMs, isServerError, quota, refusal }: RequestReport): BudgetState {
  const { leases: { [lease]: _done, ...leases }, ...state } = atTime(before, nowMs);
  // An answer of the hour before says nothing of this one: its remainder would hold a full hour up.
  const [isThisHour, isToday] = [quotaHourOf(askedAtMs) === state.hour, quotaDayOf(askedAtMs) === state.day];
  const errors = state.serverErrors + (isServerError ? 1 : 0);
  return {
    ...state,
    leases,
    hourTokens: quota && isThisHour ? least(state.hourTokens, quota.hourTokens) : state.hourTokens,
    dayTokens: quota && isToday ? least(state.dayTokens, quota.dayTokens) : state.dayTokens,
    requestTokens: Math.max(state.requestTokens, quota?.taken ?? 0),
    serverErrors: quota && isThisHour ? Math.max(errors, mostServerErrors + 1 - quota.serverErrorsLeft) : errors,
    ...(refusal && refusal.untilMs > state.parkedUntilMs ? { parkedUntilMs: refusal.untilMs, parkedFor: refusal.quota } : {}),
  };
}

/** Lapsed leaves are gone, figures of an hour or day that is over are unknown again; a clock that is behind turns nothing back. */
function atTime(state: BudgetState, nowMs: number): BudgetState {
  const leases = Object.fromEntries(Object.entries(state.leases).filter(([, lapsesAtMs]) => lapsesAtMs > nowMs));
  const hour = Math.max(state.hour, quotaHourOf(nowMs));
  const today = quotaDayOf(nowMs);
  const day = state.day > today ? state.day : today;
  return {
    ...state,
    leases,
    ...(hour === state.hour ? {} : { hour, hourTokens: null, serverErrors: 0, requestTokens: usualTokens }),
    ...(day === state.day ? {} : { day, dayTokens: null }),
  };
}

/** Remainders only fall inside their time; answers may overtake one another. */
function least(known: number | null, said: number): number {
  return known === null ? said : Math.min(known, said);
}
