import cassandraDriver from 'cassandra-driver';
import { freshBudget, grantLeave, settleRequest, type BudgetState, type Grant } from '../../domain/activity/ga4/request-budget.ts';
import { settle } from './settle.ts';
import type { GoogleQuota } from '../../domain/activity/ga4/google-quota.ts';
import type { RequestBudget } from '../../ports/request-budget.ts';
import type { Cassandra, ConditionalOutcome } from './connection.ts';

/** One row a budget; `version` grows with every change and is what each change is conditional on. −1 is "not known". */
export const requestBudgetTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS request_budgets (
    budget text,
    version bigint,
    leases text,
    hour bigint,
    hour_tokens bigint,
    day text,
    day_tokens bigint,
    request_tokens bigint,
    server_errors int,
    parked_until_ms bigint,
    parked_for text,
    PRIMARY KEY ((budget))
  )`,
];

const consistency = cassandraDriver.types.consistencies.localSerial;
const columns = ['leases', 'hour', 'hour_tokens', 'day', 'day_tokens', 'request_tokens', 'server_errors', 'parked_until_ms', 'parked_for'] as const;
const unknown = -1;

/** Budgets in Cassandra: read, decide by the rule, write if nobody else did meanwhile. Its tables are `requestBudgetTables`. */
export function createRequestBudget(cassandra: Cassandra): RequestBudget {
  const readRow = async (budget: string): Promise<{ version: number; state: BudgetState }> => {
    const row = (await cassandra.execute('SELECT * FROM request_budgets WHERE budget = ?', [budget], { consistency })).first();
    if (!row) return { version: 0, state: freshBudget };
    return {
      version: Number(row.version),
      state: {
        leases: JSON.parse(row.leases as string) as BudgetState['leases'],
        hour: Number(row.hour),
        hourTokens: knownOrNull(row.hour_tokens),
        day: row.day as string,
        dayTokens: knownOrNull(row.day_tokens),
        requestTokens: Number(row.request_tokens),
        serverErrors: row.server_errors as number,
        parkedUntilMs: Number(row.parked_until_ms),
        parkedFor: row.parked_for as GoogleQuota,
      },
    };
  };
  const write = (budget: string, version: number, state: BudgetState): Promise<ConditionalOutcome> => {
    const values = [JSON.stringify(state.leases), state.hour, state.hourTokens ?? unknown, state.day, state.dayTokens ?? unknown, state.requestTokens, state.serverErrors, state.parkedUntilMs, state.parkedFor];
    if (version === 0) return cassandra.conditional(`INSERT INTO request_budgets (budget, version, ${columns.join(', ')}) VALUES (?, 1, ${columns.map(() => '?').join(', ')}) IF NOT EXISTS`, [budget, ...values]);
    return cassandra.conditional(`UPDATE request_budgets SET version = ?, ${columns.map((column) => `${column} = ?`).join(', ')} WHERE budget = ? IF version = ?`, [version + 1, ...values, budget, version]);
  };

  return {
    async take(budget, ask) {
      let grant: Grant | undefined;
      await settle(`leave for a request of ${budget}`, async () => {
        const { version, state } = await readRow(budget);
        const held = state.leases[ask.lease];
        // Written by a round whose outcome nobody told.
        if (held !== undefined) grant = { isGranted: true, lapsesAtMs: held };
        if (held !== undefined) return 'applied';
        const decided = grantLeave(state, ask);
        grant = decided.grant;
        return grant.isGranted ? write(budget, version, decided.state) : 'applied';
      });
      return grant as Grant; // settled, so a round has decided
    },

    async settle(budget, report) {
      let mayBeWritten = false;
      await settle(`report of a request of ${budget}`, async () => {
        const { version, state } = await readRow(budget);
        if (version === 0 || (mayBeWritten && !(report.lease in state.leases))) return 'applied';
        const outcome = await write(budget, version, settleRequest(state, report));
        mayBeWritten ||= outcome === 'unknown';
        return outcome;
      });
    },

    async read(budget) {
      const { version, state } = await readRow(budget);
      return version === 0 ? null : state;
    },
  };
}

function knownOrNull(value: unknown): number | null {
  return Number(value) === unknown ? null : Number(value);
}
