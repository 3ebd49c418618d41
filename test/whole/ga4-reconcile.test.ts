import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { reconcileDay } from '../../activities/ingest/reconcile-day.ts';
import { createDataApi } from '../../src/connectors/ga4/data-api.ts';
import { dayFigures } from '../../src/connectors/ga4/day-figures.ts';
import { createReconciliationStore } from '../../src/stores/cassandra/reconciliation-store.ts';
import { createRequestBudget } from '../../src/stores/cassandra/request-budget.ts';
import { quotaMessages } from '../google/data-api-quota.ts';
import { startDataApiServer, type DataApiServer } from '../google/data-api-server.ts';
import { day, dayEndMs, googleWorld, hourMs, property, timeZone, type GoogleWorld } from '../google/world.ts';
import { inStep } from '../in-step.ts';
import { ingestWorld, type IngestWorld } from '../ingest-world.ts';
import type { IngestPlugs } from '../../activities/ingest/ingest-plugs.ts';
import type { DayReconciliation } from '../../src/ports/reconciliation-store.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';

const rows = property.rowsOf(day);
const people = new Set(rows.map(({ user_pseudo_id: user }) => user).filter((user) => user !== null));

suite('a final day of the export beside the Data API, on real parts', () => {
  let google: GoogleWorld;
  let api: DataApiServer;
  let world: IngestWorld;
  // Waits for a quota are waits of the server: the test's clock goes on meanwhile.
  const began = Date.now();
  const now = (): number => google.clock.nowMs + Date.now() - began;
  before(async () => {
    google = await googleWorld();
    google.clock.nowMs = dayEndMs + 73 * hourMs;
    api = await startDataApiServer({ now, timeZone });
    world = await ingestWorld();
  });
  after(async () => {
    await world?.dispose();
    await api?.dispose();
    await google?.dispose();
  });

  const comparisons = (): Promise<readonly DayReconciliation[]> => createReconciliationStore(world.cassandra).list(world.property, day, day);
  let plugs: IngestPlugs;
  let version = 0;
  /** A new content of the day's table, taken in and compared; the newest comparison. */
  async function ingest(content: readonly Ga4Row[]): Promise<DayReconciliation | undefined> {
    google.google.tables.put('events_20260101', content, dayEndMs + 20 * hourMs + (version += 1));
    const reports = createDataApi({ propertyId: api.propertyId, credentials: { kind: 'none' }, rootUrl: api.rootUrl, concurrentRequests: 5, budget: createRequestBudget(world.cassandra), now });
    const source = google.sourceWith({ reportedFigures: (of, call) => dayFigures(reports, of, call?.signal) });
    plugs = world.plugsOf({ activitySource: source, settings: { timeZone, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } });
    const [outcome] = await world.ingest([day], plugs);
    assert.equal(outcome?.state, 'final');
    return (await comparisons()).at(-1);
  }

  test('agrees with the report of the same property, after an error and a quota that the server waits for', async () => {
    api.put(day, rows);
    api.faults.next('runReport', { kind: 'status', status: 503, reason: 'UNAVAILABLE' });
    api.faults.next('runReport', { kind: 'status', status: 429, reason: 'RESOURCE_EXHAUSTED', message: quotaMessages.concurrent }, { after: 1 });
    const askedAt = performance.now();
    const compared = await ingest(rows);
    assert.ok(performance.now() - askedAt > 5000, 'concurrent requests are free again in five seconds');
    assert.equal(compared?.verdict, 'agrees');
    assert.deepEqual(compared?.comparisons.map(({ difference }) => difference), [0, 0, 0]);
    assert.equal(compared?.comparisons[0]?.stored, people.size);
    assert.deepEqual(api.log.map(({ status }) => status), [503, 429, 200]);
    const state = await createRequestBudget(world.cassandra).read(`analyticsdata/properties/${api.propertyId}`);
    assert.deepEqual([state?.serverErrors, state?.leases, state?.dayTokens], [1, {}, 199_990]);
  });

  test('done twice, the comparison is the same one', async () => {
    const once = await comparisons();
    assert.equal(once.length, 1);
    await inStep(() => reconcileDay(plugs)({ property: world.property, day, generation: 1 }));
    assert.deepEqual(await comparisons(), once);
  });

  test('a report of other figures is a difference that is shown, and the day stays final', async () => {
    const half = new Set([...people].slice(0, people.size / 2));
    const compared = await ingest(rows.filter(({ user_pseudo_id: user }) => user === null || half.has(user)));
    assert.equal(compared?.generation, 2);
    assert.equal(compared?.verdict, 'differs');
    assert.match(compared?.sentence ?? '', new RegExp(`people ${half.size} / ${people.size} \\(−\\d+\\.\\d %, more than 3\\.0 %\\)`));
    assert.ok(![...people].some((user) => JSON.stringify(compared).includes(String(user))), 'nobody is named');
  });

  test('a report that is refused is the reason why nothing was compared', async () => {
    api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: 'no' });
    const compared = await ingest(rows.slice(1));
    assert.equal(compared?.verdict, 'not-compared');
    assert.match(compared?.sentence ?? '', /^day 2026-01-01 was not compared: Google refused .* Grant Viewer on properties\/123456789/);
  });
});
