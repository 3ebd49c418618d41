import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { createRequestBudget } from '../../src/stores/cassandra/request-budget.ts';
import { dataApiWorld, type DataApiWorld } from '../google/data-api-world.ts';
import { day, dayEndMs, hourMs, readInto, timeZone, versionOf } from '../google/world.ts';
import { ingestWorld, type IngestWorld } from '../ingest-world.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const chunkRows = 10;

/** A day of a property without an export, from its reports to the store. */
suite('a day of the Data API, on real parts', () => {
  let google: DataApiWorld;
  let world: IngestWorld;
  const began = Date.now();
  // Waits for a quota are waits of the server: the test's clock goes on meanwhile.
  const now = (): number => google.clock.nowMs + Date.now() - began;
  before(async () => {
    world = await ingestWorld();
    google = await dataApiWorld({ budget: createRequestBudget(world.cassandra) });
  });
  after(async () => {
    await google?.dispose();
    await world?.dispose();
  });

  async function ingestAfter(hours: number): Promise<DayOutcome> {
    google.clock.nowMs = dayEndMs + hours * hourMs;
    const [outcome] = await world.ingest([day], world.plugsOf({ activitySource: google.sourceWith({ now }), chunkRows, settings: { timeZone, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } }));
    return outcome as DayOutcome;
  }

  test('a report that moves while it is read is read anew, failing pages are tried again at the cursor: the store equals the report', async () => {
    google.api.faults.next('runReport', { kind: 'status', status: 503, reason: 'UNAVAILABLE', retryAfter: '1' }, { after: 2 });
    google.api.faults.next('runReport', { kind: 'half-gzip' }, { after: 4 });
    google.api.faults.next('runReport', { kind: 'row-count-moved' }, { after: 6 });
    const outcome = await ingestAfter(12);
    assert.equal(outcome.state, 'provisional');
    const read: SourceRow[] = [];
    const source = google.sourceWith({ now });
    await readInto(read, source, await versionOf(source), 1000);
    const keys = read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
    const manifest = await createActivityStore({ cassandra: world.cassandra }).readManifest({ property: world.property, day, generation: outcome.generation });
    assert.deepEqual([manifest?.rows, manifest?.anonymous, manifest?.checksum], [keys.length, read.length - keys.length, addToChecksum(emptyChecksum, keys)]);
    assert.equal(google.api.log.filter(({ fault }) => fault !== null).length, 3);
  });

  test('settled it is final, unchanged it is not read again, and sampled it is no day for people', async () => {
    const final = await ingestAfter(73);
    assert.equal(final.state, 'final');
    google.api.forget();
    assert.equal((await ingestAfter(80)).generation, final.generation);
    assert.equal(google.api.log.length, 1, 'a look is one request');
    google.api.faults.next('runReport', { kind: 'marked', metadata: { samplingMetadatas: [{ samplesReadCount: '1', samplingSpaceSize: '9' }] } });
    const marked = await ingestAfter(81);
    assert.equal(marked.state, 'bad-rows');
    assert.match(marked.reason ?? '', /samplingMetadatas: only a sample.*BigQuery/);
  });
});
