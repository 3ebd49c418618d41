/** What a request asked for, as the server's own log names it. */
export type Operation = 'token' | 'datasets.get' | 'tables.list' | 'tables.get' | 'tabledata.list' | 'jobs.insert' | 'jobs.get' | 'jobs.getQueryResults' | 'runReport';

export type Fault =
  /** An error in Google's shape. */
  | { readonly kind: 'status'; readonly status: number; readonly reason: string; readonly message?: string; readonly retryAfter?: string }
  /** The answer begins and the connection is reset. */
  | { readonly kind: 'reset' }
  /** What was asked for is done and the answer is lost on its way. */
  | { readonly kind: 'lost-answer' }
  /** The answer does not come as long as the connection lasts. */
  | { readonly kind: 'silence' }
  /** Half of the answer, well ended. */
  | { readonly kind: 'half-json' }
  /** The answer packed, and half of that. */
  | { readonly kind: 'half-gzip' }
  /** The page before this one, in BigQuery with this one's token. */
  | { readonly kind: 'page-again' }
  /** Half of the page's rows, as if there were no more. */
  | { readonly kind: 'short-page' }
  /** A token that leads to this page again. */
  | { readonly kind: 'token-loop' }
  /** A report with another number of rows than it has. */
  | { readonly kind: 'row-count-moved' }
  /** A report whose metadata admits something. */
  | { readonly kind: 'marked'; readonly metadata: object }
  /** A table as it was before its last change. */
  | { readonly kind: 'older-state' };

export interface FaultScript {
  /** The next `times` requests of the operation meet the fault, after `after` of them that do not. */
  next(operation: Operation, fault: Fault, when?: { after?: number; times?: number }): void;
  clear(): void;
  /** The fault of this request; counts it. */
  take(operation: Operation): Fault | null;
}

export function faultScript(): FaultScript {
  let planned: { operation: Operation; fault: Fault; after: number; times: number }[] = [];
  return {
    next: (operation, fault, { after = 0, times = 1 } = {}) => void planned.push({ operation, fault, after, times }),
    clear: () => void (planned = []),
    take(operation) {
      const due = planned.filter((plan) => plan.operation === operation && plan.times > 0);
      const now = due.find((plan) => plan.after === 0);
      for (const plan of due) if (plan.after > 0) plan.after -= 1;
      if (!now) return null;
      now.times -= 1;
      return now.fault;
    },
  };
}
