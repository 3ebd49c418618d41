import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { ingestWorld, type IngestWorld } from '../ingest-world.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);
const mebibyte = 2 ** 20;

/** One day of a Google Analytics property, from export to store, as the export really is. */
suite('a day of the Google Analytics export, on real parts', () => {
  let google: GoogleWorld;
  let world: IngestWorld;
  before(async () => {
    google = await googleWorld();
    world = await ingestWorld();
    google.google.tables.put('events_intraday_20260101', rows.slice(60), dayEndMs);
    google.google.tables.put('events_20260101', rows.slice(4), dayEndMs + 20 * hourMs);
    google.google.tables.drop('events_intraday_20260101', dayEndMs + 20 * hourMs);
    google.google.tables.put('events_20260101', rows, dayEndMs + 70 * hourMs);
  });
  after(async () => {
    await world?.dispose();
    await google?.dispose();
  });

  const ingestAfter = async (hours: number): Promise<DayOutcome> => {
    google.clock.nowMs = dayEndMs + hours * hourMs;
    const plugs = world.plugsOf({ activitySource: google.sourceWith(), chunkRows: 40, settings: { timeZone, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } });
    const [outcome] = await world.ingest([day], plugs);
    return outcome as DayOutcome;
  };
  const manifestOf = (generation: number) => createActivityStore({ cassandra: world.cassandra }).readManifest({ property: world.property, day, generation });

  test('not due yet, then what streaming brought, then the daily table, rewritten, final: each a generation that equals the table', async () => {
    const states = [];
    for (const hours of [6, 18, 30, 31, 71, 72, 80]) {
      const { state, generation } = await ingestAfter(hours);
      states.push(`${hours} h: ${state}, generation ${generation}`);
    }
    assert.deepEqual(states, [
      '6 h: not-due, generation 0', '18 h: provisional, generation 1', '30 h: provisional, generation 2', '31 h: provisional, generation 2',
      '71 h: provisional, generation 3', '72 h: final, generation 3', '80 h: final, generation 3',
    ]);
    assert.equal(google.google.asked('jobs.insert'), 3, 'what did not change is not read');
    const read: SourceRow[] = [];
    const source = google.sourceWith();
    await readInto(read, source, await versionOf(source), 1000);
    const keys = read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
    const manifest = await manifestOf(3);
    assert.equal(manifest?.rows, keys.length);
    assert.equal(manifest?.checksum, addToChecksum(emptyChecksum, keys));
    assert.equal(manifest?.anonymous, rows.filter(({ user_pseudo_id: user }) => user === null).length);
    assert.deepEqual([manifest?.bytesBilled, (await manifestOf(1))?.bytesBilled], [10 * mebibyte, 10 * mebibyte]);
  });

  test('pages that fail are tried again by the server at the cursor: nothing is doubled, no page is asked for that arrived', async () => {
    const { faults } = google.google;
    google.google.tables.put('events_20260101', rows.slice(1), dayEndMs + 90 * hourMs);
    google.google.forget();
    faults.next('jobs.getQueryResults', { kind: 'status', status: 429, reason: 'rateLimitExceeded', retryAfter: '1' }, { after: 2 });
    faults.next('jobs.getQueryResults', { kind: 'half-gzip' }, { after: 4 });
    faults.next('jobs.insert', { kind: 'lost-answer' });
    const outcome = await ingestAfter(91);
    assert.equal(outcome.state, 'final');
    assert.equal(outcome.rows + outcome.anonymous, rows.length - 1);
    assert.equal((await manifestOf(4))?.bytesBilled, 10 * mebibyte, 'one job was paid');
    const pages = google.google.pages();
    assert.ok(pages.length - new Set(pages).size <= 1, `the page under way may come again: ${String(pages)}`);
  });
});
