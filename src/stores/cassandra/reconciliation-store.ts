import type { Comparison, DayFigures } from '../../domain/activity/ga4/reconcile-day.ts';
import type { DayReconciliation, ReconciliationStore } from '../../ports/reconciliation-store.ts';
import type { Cassandra } from './connection.ts';

/** A row a generation that was final; `comparisons` and `reported` are JSON, `sentence` says the same to people. */
export const reconciliationTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS day_reconciliations (
    property text,
    day text,
    generation int,
    verdict text,
    comparisons text,
    reported text,
    marks text,
    sentence text,
    PRIMARY KEY ((property), day, generation)
  )`,
];

const columns = 'property, day, generation, verdict, comparisons, reported, marks, sentence';

/** Comparisons of days in Cassandra. Its tables are `reconciliationTables`. */
export function createReconciliationStore(cassandra: Cassandra): ReconciliationStore {
  return {
    async write({ property, day, generation, verdict, comparisons, reported, marks, sentence }) {
      await cassandra.execute(`INSERT INTO day_reconciliations (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, [property, day, generation, verdict, JSON.stringify(comparisons), JSON.stringify(reported), JSON.stringify(marks), sentence]);
    },
    async list(property, from, to) {
      const found: DayReconciliation[] = [];
      for await (const rows of cassandra.pages(`SELECT ${columns} FROM day_reconciliations WHERE property = ? AND day >= ? AND day <= ?`, [property, from, to], { pageRows: 500 })) {
        found.push(...rows.map((row) => ({
          property: row.property as string,
          day: row.day as string,
          generation: row.generation as number,
          verdict: row.verdict as DayReconciliation['verdict'],
          comparisons: JSON.parse(row.comparisons as string) as Comparison[],
          reported: row.reported === null ? null : (JSON.parse(row.reported as string) as DayFigures | null),
          marks: JSON.parse(row.marks as string) as string[],
          sentence: row.sentence as string,
        })));
      }
      return found;
    },
  };
}
