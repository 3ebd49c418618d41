import { createGa4DataApiSource, type Ga4DataApiOptions } from '../../src/connectors/ga4/ga4-data-api-source.ts';
import { freshBudget, grantLeave, settleRequest } from '../../src/domain/activity/ga4/request-budget.ts';
import { startDataApiServer, type DataApiServer } from './data-api-server.ts';
import { day, dayEndMs, hourMs, property, timeZone } from './world.ts';
import type { ActivitySource } from '../../src/ports/activity-source.ts';
import type { RequestBudget } from '../../src/ports/request-budget.ts';

export interface DataApiWorld {
  readonly api: DataApiServer;
  /** Milliseconds since 1970; tests move it. */
  readonly clock: { nowMs: number };
  readonly budget: RequestBudget;
  sourceWith(changes?: Partial<Ga4DataApiOptions>): ActivitySource;
  dispose(): Promise<void>;
}

/** A stand-in for the Data API that holds the invented property's day, and plugs that ask it, under one clock. */
export async function dataApiWorld({ budget = budgetOfRule() }: { budget?: RequestBudget } = {}): Promise<DataApiWorld> {
  const clock = { nowMs: dayEndMs + 12 * hourMs };
  const api = await startDataApiServer({ now: () => clock.nowMs, timeZone });
  api.put(day, property.rowsOf(day));
  return {
    api, clock, budget,
    sourceWith: (changes = {}) => createGa4DataApiSource({ property: 'site', timeZone, propertyId: api.propertyId, person: 'client_id', credentials: { kind: 'none' }, concurrentRequests: 5, rootUrl: api.rootUrl, budget, now: () => clock.nowMs, ...changes }),
    dispose: () => api.dispose(),
  };
}

/** The rule alone, without a store: one process, one property. */
export function budgetOfRule(): RequestBudget {
  let state = freshBudget;
  return {
    async take(_budget, ask) {
      const decided = grantLeave(state, ask);
      state = decided.state;
      return decided.grant;
    },
    settle: async (_budget, report) => void (state = settleRequest(state, report)),
    read: async () => state,
  };
}
