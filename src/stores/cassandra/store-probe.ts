import type { PartProbe } from '../../ports/part-probe.ts';
import type { Cassandra } from './connection.ts';

/** PLUG: whether the store answers a question about what it holds, as every reader asks one. */
export function storeProbe(cassandra: Cassandra, timeoutMs: number): PartProbe {
  return {
    part: 'cassandra', needs: [], everyMs: 0,
    async look() {
      await cassandra.execute('SELECT property FROM properties LIMIT 1', [], { readTimeout: timeoutMs });
      return 'answers a query';
    },
  };
}
