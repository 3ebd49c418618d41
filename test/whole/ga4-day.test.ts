import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { waiveDay } from '../../activities/ingest/waive-day.ts';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { addDays } from '../../src/domain/calendar/day.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { ingestWorld, shopSettings, type IngestWorld } from '../ingest-world.ts';
import { inOrder, rowsToStore, storedRows } from '../google/stored-day.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { Fault } from '../google/faults.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);
const mebibyte = 2 ** 20;
const shards = 4;

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
    return ingestFrom(google.sourceWith());
  };
  const ingestFrom = async (activitySource: ActivitySource, of = day): Promise<DayOutcome> => {
    const plugs = world.plugsOf({ activitySource, chunkRows: 40, settings: { timeZone, shards, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } });
    const [outcome] = await world.ingest([of], plugs);
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

  test('absent at 06:00, there at 11:00, rewritten at +30 h and +70 h: after each look the store holds the table, row by row', async () => {
    const next = addDays(day, 1);
    const nextEndMs = dayEndMs + 24 * hourMs;
    const content = property.rowsOf(next);
    const written = [[11, content.slice(4)], [30, content.slice(0, -3)], [70, content]] as const;
    for (const [hours, of] of written) google.google.tables.put('events_20260102', of, nextEndMs + hours * hourMs);
    const states = [];
    for (const hours of [6, 12, 31, 71, 73]) {
      google.clock.nowMs = nextEndMs + hours * hourMs;
      const { state, generation } = await ingestFrom(google.sourceWith(), next);
      states.push(`${hours} h: ${state}, generation ${generation}`);
      const stored = await storedRows(world.cassandra, { property: world.property, day: next, generation }, shards);
      assert.deepEqual(inOrder(stored.values()), inOrder(rowsToStore(written.findLast(([since]) => since <= hours)?.[1] ?? [])), `${hours} h`);
    }
    assert.deepEqual(states, ['6 h: not-due, generation 0', '12 h: provisional, generation 1', '31 h: provisional, generation 2', '71 h: provisional, generation 3', '73 h: final, generation 3']);
  });

  test('a day that was waived is read whenever Google changes it: it stays waived while the same is wrong with it, and is final once nothing is', async () => {
    const waived = addDays(day, 2);
    const endMs = dayEndMs + 48 * hourMs;
    const content = property.rowsOf(waived);
    const mended = [{ ...content[0]!, event_name: 'refund' }, ...content.slice(1)];
    const written = [[11, content.slice(4)], [30, content], [70, mended]] as const;
    for (const [hours, of] of written) google.google.tables.put(`events_${waived.replaceAll('-', '')}`, of, endMs + hours * hourMs);
    const checks = { ...shopSettings().checks, expectedEvents: ['refund'], missingEvents: { warn: 0, fail: 0 } };
    const states = [];
    for (const hours of [12, 31, 32, 73]) {
      google.clock.nowMs = endMs + hours * hourMs;
      const plugs = world.plugsOf({ activitySource: google.sourceWith(), chunkRows: 40, settings: { timeZone, shards, checks, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } });
      const [outcome] = await world.ingest([waived], plugs);
      states.push([outcome?.state, outcome?.generation]);
      if (hours === 12) await waiveDay(plugs)({ property: world.property, day: waived, reason: 'no refunds that day' });
      else assert.equal(outcome?.reason, hours === 73 ? null : 'no refunds that day');
      const stored = await storedRows(world.cassandra, { property: world.property, day: waived, generation: outcome?.generation ?? 0 }, shards);
      assert.deepEqual(inOrder(stored.values()), inOrder(rowsToStore(written.findLast(([since]) => since <= hours)?.[1] ?? [])), `${hours} h`);
    }
    assert.deepEqual(states, [['missing-events', 1], ['waived', 2], ['waived', 2], ['final', 3]]);
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

  test('a table that changes while it is read is read anew, and what the version before was billed is not lost', async () => {
    const billed = () => createActivityStore({ cassandra: world.cassandra }).readBilled(world.property, day, day);
    const [known, paid] = [await billed(), google.google.jobs.billed()];
    google.clock.nowMs = dayEndMs + 95 * hourMs;
    google.google.tables.put('events_20260101', rows.slice(1, -1), google.clock.nowMs - hourMs);
    const source = google.sourceWith();
    let isToChange = true;
    const changing: ActivitySource = {
      ...source,
      async *read(...asked) {
        for await (const batch of source.read(...asked)) {
          yield batch;
          if (isToChange && batch.length > 0) google.google.tables.put('events_20260101', rows.slice(2), google.clock.nowMs);
          if (batch.length > 0) isToChange = false;
        }
      },
    };
    const outcome = await ingestFrom(changing);
    assert.deepEqual([outcome.state, outcome.generation, outcome.rows + outcome.anonymous], ['final', 6, rows.length - 2]);
    assert.equal(google.google.jobs.billed() - paid, 20 * mebibyte);
    assert.deepEqual(await billed(), { bytes: known.bytes + 20 * mebibyte, givenUp: 10 * mebibyte });
  });

  const [someone] = rows.flatMap(({ user_pseudo_id: user }) => (user === null ? [] : [user]));
  const worthMore = (row: Ga4Row): Ga4Row => ({ ...row, event_params: (row.event_params as readonly Ga4Row[]).map((param) => (param.key === 'value' ? { ...param, value: { double_value: 1234.5 } } : param)) });
  /** What the table holds next, and what goes wrong while it is taken in. */
  const cases: readonly { name: string; content: readonly Ga4Row[]; fault?: Fault; when?: { after: number; times?: number } }[] = [
    { name: 'a reset in the middle of a page', content: rows.slice(2), fault: { kind: 'reset' } },
    { name: 'half a page', content: rows.slice(3), fault: { kind: 'half-json' } },
    { name: 'half a packed page', content: rows.slice(4), fault: { kind: 'half-gzip' } },
    { name: 'a page that is lost', content: rows.slice(5), fault: { kind: 'lost-answer' } },
    { name: 'a page that comes twice', content: rows.slice(6), fault: { kind: 'page-again' } },
    { name: 'a page token that leads nowhere', content: rows.slice(7), fault: { kind: 'token-loop' } },
    { name: 'a burst of 503', content: rows.slice(8), fault: { kind: 'status', status: 503, reason: 'backendError' }, when: { after: 1, times: 2 } },
    { name: 'an event that is removed', content: rows.filter((_, index) => index !== 40) },
    { name: 'a person who withdrew consent', content: rows.map((row) => (row.user_pseudo_id === someone ? { ...row, user_pseudo_id: null } : row)) },
    { name: 'values that are restated under the same keys', content: rows.map(worthMore) },
    { name: 'content of before that is delivered last', content: rows.slice(2) },
  ];
  for (const [index, { name, content, fault, when = { after: 2 } }] of cases.entries()) {
    test(`${name}: what a reader of the day finds is the table, row by row`, async () => {
      const hours = 100 + index;
      google.google.tables.put('events_20260101', content, dayEndMs + hours * hourMs);
      google.google.forget();
      if (fault) google.google.faults.next('jobs.getQueryResults', fault, when);
      const { state, generation, reason } = await ingestAfter(hours + 0.5);
      assert.equal(state, 'final', reason ?? '');
      if (fault) assert.ok(google.google.log.some((asked) => asked.fault === fault.kind), 'the fault was met');
      const stored = await storedRows(world.cassandra, { property: world.property, day, generation }, shards);
      assert.deepEqual(inOrder(stored.values()), inOrder(rowsToStore(content)));
      const read: SourceRow[] = [];
      const source = google.sourceWith();
      await readInto(read, source, await versionOf(source), 1000);
      assert.deepEqual(new Map(read.flatMap((row) => (row.kind === 'event' ? [[row.eventKey, { ...row.event, payload: JSON.parse(row.payload) as unknown }]] : []))), new Map([...stored].map(([key, row]) => [key, row])), 'by the same keys');
    });
  }

  test('a page that comes twice to a try that knows only the cursor does not add up: nothing of it stays, and the day is read anew', async () => {
    const content = rows.slice(9);
    google.google.tables.put('events_20260101', content, dayEndMs + 115 * hourMs);
    google.google.forget();
    google.google.faults.next('jobs.getQueryResults', { kind: 'reset' }, { after: 2 });
    google.google.faults.next('jobs.getQueryResults', { kind: 'page-again' }, { after: 3 });
    const { state, generation } = await ingestAfter(116);
    assert.deepEqual([state, google.google.log.flatMap(({ fault }) => fault ?? [])], ['final', ['reset', 'page-again']]);
    const stored = await storedRows(world.cassandra, { property: world.property, day, generation }, shards);
    assert.deepEqual(inOrder(stored.values()), inOrder(rowsToStore(content)));
    assert.equal((await manifestOf(generation))?.bytesBilled, 10 * mebibyte, 'one job was paid');
  });

  test('a table that is shown as it was before, to a worker that starts now: the day stays what it is', async () => {
    const { generation } = await ingestAfter(120);
    google.google.forget();
    google.google.faults.next('tables.get', { kind: 'older-state' });
    assert.equal((await ingestAfter(121)).generation, generation);
    assert.deepEqual(google.google.log.map(({ operation, fault }) => [operation, fault]), [['tables.get', 'older-state'], ['tables.get', null]], 'it was asked again');
  });

  test('and rows beyond 2^53, without a person and equal in everything were among them', () => {
    const bundles = rowsToStore(rows).map(({ payload }) => (payload as { event_bundle_sequence_id: unknown }).event_bundle_sequence_id);
    assert.ok(bundles.some((bundle) => typeof bundle === 'string' && BigInt(bundle) > 2n ** 53n));
    assert.ok(rows.some(({ user_pseudo_id: user }) => user === null));
    assert.ok(new Set(rows).size < rows.length);
  });
});
