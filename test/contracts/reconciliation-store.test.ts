import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createReconciliationStore, reconciliationTables } from '../../src/stores/cassandra/reconciliation-store.ts';
import { testCassandra } from '../world.ts';
import type { DayReconciliation, ReconciliationStore } from '../../src/ports/reconciliation-store.ts';

const of = (day: string, generation: number, changes: Partial<DayReconciliation> = {}): DayReconciliation => ({
  property: 'site', day, generation, verdict: 'differs', comparisons: [{ figure: 'people', stored: 10, reported: 20, difference: -0.5, isWithin: false }], reported: { people: 20, sessions: 3, events: 9 }, marks: ['sampling'], sentence: `day ${day} differs`, ...changes,
});

suite('reconciliation store: cassandra', () => {
  let store: ReconciliationStore;
  let dispose: () => Promise<void>;
  before(async () => {
    const { cassandra, dispose: end } = await testCassandra(reconciliationTables);
    [store, dispose] = [createReconciliationStore(cassandra), end];
  });
  after(() => dispose());

  test('comparisons of a range come in order; the newest of a generation stands; other properties are not seen', async () => {
    const agreed = of('2026-01-02', 1, { verdict: 'agrees', marks: [] });
    const refused = of('2026-01-02', 2, { verdict: 'not-compared', comparisons: [], reported: null });
    for (const each of [of('2026-01-03', 1), of('2026-01-02', 1), agreed, refused, of('2026-01-01', 1), of('2026-01-02', 1, { property: 'other' })]) await store.write(each);
    assert.deepEqual(await store.list('site', '2026-01-02', '2026-01-03'), [agreed, refused, of('2026-01-03', 1)]);
    assert.deepEqual(await store.list('site', '2026-02-01', '2026-02-02'), []);
  });
});
