import type { BudgetState, Grant, LeaveAsked, RequestReport } from '../domain/activity/ga4/request-budget.ts';

/**
 * SOCKET: one limiter for each thing that others limit, across all workers. Whoever wants to send a request takes leave
 * before and reports after; who dies in between gives the place back when the leave lapses.
 */
export interface RequestBudget {
  /** Leave for one request, or when to ask again. The same `lease` asked twice holds one place. */
  take(budget: string, ask: LeaveAsked): Promise<Grant>;
  /** What came of the request; counted once, however often it is told. */
  settle(budget: string, report: RequestReport): Promise<void>;
  /** The state as it was written last; null where nobody asked yet. */
  read(budget: string): Promise<BudgetState | null>;
}
