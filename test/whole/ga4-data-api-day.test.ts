import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { createRequestBudget } from '../../src/stores/cassandra/request-budget.ts';
import { dataApiWorld, type DataApiWorld } from '../google/data-api-world.ts';
import { inOrder, reportToStore, storedRows } from '../google/stored-day.ts';
import { day, dayEndMs, hourMs, property, readInto, timeZone, versionOf } from '../google/world.ts';
import { ingestWorld, shopSettings, type IngestWorld } from '../ingest-world.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { Fault } from '../google/faults.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';

const [chunkRows, shards, tokensOfRequest] = [10, 4, 10];
const noonUs = Date.parse('2026-01-01T11:00:00Z') * 1000;
const rows = property.rowsOf(day);

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

  async function ingestAfter(hours: number, wrap = (source: ActivitySource): ActivitySource => source, checks = shopSettings().checks): Promise<DayOutcome> {
    google.clock.nowMs = dayEndMs + hours * hourMs;
    const [outcome] = await world.ingest([day], world.plugsOf({ activitySource: wrap(google.sourceWith({ now })), chunkRows, settings: { timeZone, shards, checks, calendar: { firstDay: day, closedWeekdays: [], closedDays: [] } } }));
    return outcome as DayOutcome;
  }
  async function assertStored(content: readonly Ga4Row[], generation: number): Promise<void> {
    const stored = await storedRows(world.cassandra, { property: world.property, day, generation }, shards);
    assert.deepEqual(inOrder(stored.values()), inOrder(reportToStore(content, noonUs)));
    const known = content.filter(({ user_pseudo_id: user }) => user !== null).length;
    const manifest = await createActivityStore({ cassandra: world.cassandra }).readManifest({ property: world.property, day, generation });
    assert.deepEqual(manifest?.sourceEvents, { known, anonymous: content.length - known }, 'no event is counted twice or lost');
  }

  test('a report that moves while it is read is read anew, failing pages are tried again at the cursor: the store equals the report', async () => {
    const moved = rows.slice(0, -40);
    let pages = 0;
    google.api.faults.next('runReport', { kind: 'status', status: 503, reason: 'UNAVAILABLE', retryAfter: '1' }, { after: 2 });
    const outcome = await ingestAfter(12, (source) => ({
      ...source,
      async *read(...asked) {
        for await (const page of source.read(...asked)) {
          yield page;
          if (page.length > 0 && (pages += 1) === 5) google.api.put(day, moved);
        }
      },
    }));
    assert.equal(outcome.state, 'provisional');
    await assertStored(moved, outcome.generation);
    const read: SourceRow[] = [];
    const source = google.sourceWith({ now });
    await readInto(read, source, await versionOf(source), 1000);
    const keys = read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
    const manifest = await createActivityStore({ cassandra: world.cassandra }).readManifest({ property: world.property, day, generation: outcome.generation });
    assert.deepEqual([manifest?.rows, manifest?.anonymous, manifest?.checksum], [keys.length, read.length - keys.length, addToChecksum(emptyChecksum, keys)]);
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

  const status = (code: number, reason: string, retryAfter?: string): Fault => ({ kind: 'status', status: code, reason, message: 'Resource has been exhausted (e.g. check quota).', retryAfter });
  /** Each list in one reading, a few pages apart. */
  const faults: readonly { name: string; of: readonly Fault[] }[] = [
    { name: 'a reset in the middle of a page, and half a page', of: [{ kind: 'reset' }, { kind: 'half-json' }] },
    { name: 'half a packed page, one that is lost, and two errors', of: [{ kind: 'half-gzip' }, { kind: 'lost-answer' }, status(503, 'UNAVAILABLE'), status(500, 'INTERNAL')] },
    { name: 'a page that comes twice, and a quota', of: [{ kind: 'page-again' }, status(429, 'RESOURCE_EXHAUSTED', '1')] },
    { name: 'a number of rows that flickers', of: [{ kind: 'row-count-moved' }] },
  ];
  for (const [index, { name, of }] of faults.entries()) {
    test(`${name}: what a reader of the day finds is the report, row by row, and hardly a token more is spent`, async () => {
      const content = rows.slice(index + 1);
      google.api.put(day, content);
      google.api.forget();
      const before = google.api.quota.spent();
      of.forEach((fault, place) => google.api.faults.next('runReport', fault, { after: 3 + 4 * place }));
      const { state, generation, reason } = await ingestAfter(100 + index);
      assert.equal(state, 'final', reason ?? '');
      assert.deepEqual(google.api.log.flatMap(({ fault }) => fault ?? []), of.map(({ kind }) => kind), 'each was met');
      await assertStored(content, generation);
      const pages = Math.ceil(new Set(content.map(({ user_pseudo_id: user, event_name: event }) => JSON.stringify([user, event]))).size / chunkRows);
      const spent = google.api.quota.spent() - before;
      assert.ok(spent <= 1.1 * tokensOfRequest * (pages + 1), `${spent} tokens for ${pages} pages and a look`);
    });
  }

  test('a page that comes twice to a try that knows only the cursor does not add up: nothing of it stays, and the day is read anew', async () => {
    const content = rows.slice(20);
    google.api.put(day, content);
    google.api.forget();
    google.api.faults.next('runReport', { kind: 'reset' }, { after: 5 });
    google.api.faults.next('runReport', { kind: 'page-again' }, { after: 6 });
    const { state, generation } = await ingestAfter(120);
    assert.deepEqual([state, google.api.log.flatMap(({ fault }) => fault ?? [])], ['final', ['reset', 'page-again']]);
    await assertStored(content, generation);
  });

  test('a day most of whose events have no client id is spoken of, though they are three rows of its report', async () => {
    const row = (user: string | null, name: string): Ga4Row => ({ event_name: name, user_pseudo_id: user, event_params: [] });
    const names = ['page_view', 'scroll', 'view_item'];
    const known = Array.from({ length: 20 }, (_, index) => names.map((name) => row(`7.${index}`, name))).flat();
    google.api.put(day, [...known, ...Array.from({ length: 1900 }, (_, index) => row(null, names[index % 3] as string))]);
    const checks: PropertySettings['checks'] = { ...shopSettings().checks, leastRecords: 20, unknownPeople: { warn: 0.8, fail: 0.96 } };
    const store = createActivityStore({ cassandra: world.cassandra });
    const shown = async () => (await store.readDays(world.property, day, day))[0]?.checks.filter(({ check }) => check === 'unknown-people').map(({ level, sentence }) => [level, sentence]);
    const outcome = await ingestAfter(140, undefined, checks);
    const sentence = '1900 of 1960 events name no person (96.9 %; limit 96 %)';
    assert.deepEqual([outcome.state, outcome.rows, outcome.anonymous, outcome.reason], ['unknown-people', 60, 3, sentence]);
    assert.deepEqual(await shown(), [['fail', sentence]]);
    assert.deepEqual((await store.readManifest({ property: world.property, day, generation: outcome.generation }))?.sourceEvents, { known: 60, anonymous: 1900 });
    google.api.forget();
    const again = await ingestAfter(141, undefined, { ...checks, unknownPeople: { warn: 0.8, fail: 0.98 } });
    assert.deepEqual([again.state, again.generation, google.api.pages()], ['final', outcome.generation, []], 'judged anew by other limits, without reading');
    assert.deepEqual(await shown(), [['warn', '1900 of 1960 events name no person (96.9 %; limit 80 %)']]);
  });
});
