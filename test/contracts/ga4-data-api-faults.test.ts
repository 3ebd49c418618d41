import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { startOfDay } from '../../src/domain/calendar/day.ts';
import { Failure, type FailureCode } from '../../src/domain/failure.ts';
import { quotaMessages } from '../google/data-api-quota.ts';
import { dataApiWorld, type DataApiWorld } from '../google/data-api-world.ts';
import { day, dayEndMs, hourMs, property, readInto, readOverACrash, timeZone, versionOf } from '../google/world.ts';
import type { Fault } from '../google/faults.ts';
import type { Ga4Row } from '../google/ga4-schema.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);
/** How often each person did what: the report that the property's rows make. */
function countsOf(of: readonly Ga4Row[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { user_pseudo_id: user, event_name: name } of of) counts.set(`${String(user ?? '(not set)')} ${String(name)}`, (counts.get(`${String(user ?? '(not set)')} ${String(name)}`) ?? 0) + 1);
  return counts;
}
const counts = countsOf(rows);
const pageRows = Math.floor(counts.size / 25);
const pages = Math.ceil(counts.size / pageRows);
const noonUs = startOfDay(day, timeZone) + 12 * hourMs * 1000;

/** Every row of the report once, with the property's own counts. */
function assertWhole(read: readonly SourceRow[], of: readonly Ga4Row[] = rows): void {
  const counts = countsOf(of);
  assert.deepEqual(read.map(({ position }) => position), Array.from({ length: counts.size }, (_, index) => index));
  const events = read.flatMap((row) => (row.kind === 'event' ? [row] : []));
  assert.equal(new Set(events.map(({ eventKey }) => eventKey)).size, events.length);
  assert.equal(read.reduce((sum, row) => sum + (row.kind === 'rejected' ? 0 : row.standsFor ?? 1), 0), of.length, 'rows stand for all events');
  for (const { event, payload } of events) {
    assert.equal(event.timeUs, noonUs);
    assert.equal(Number((JSON.parse(payload) as { event_count: string }).event_count), counts.get(`${event.user} ${event.name}`));
  }
  const known = [...counts.keys()].filter((key) => !key.startsWith('(not set)')).length;
  assert.equal(events.length, known);
  assert.equal(read.filter(({ kind }) => kind === 'anonymous').length, counts.size - known);
}

suite('Google Analytics Data API, faults', () => {
  let world: DataApiWorld;
  beforeEach(async () => {
    world = await dataApiWorld();
    world.clock.nowMs = Date.parse('2026-01-02T10:20:00Z');
  });
  afterEach(() => world.dispose());

  /** Looks and reads like a step does: what fails and is not final goes on at the cursor, after the wait it says, with a new plug. */
  async function readOn(most = 12): Promise<{ read: SourceRow[]; codes: FailureCode[]; waits: (number | undefined)[] }> {
    const read: SourceRow[] = [];
    const codes: FailureCode[] = [];
    const waits: (number | undefined)[] = [];
    for (let [tries, version] = [0, '']; tries <= most; tries += 1) {
      try {
        version ||= await versionOf(world.sourceWith());
        await readInto(read, world.sourceWith(), version, pageRows);
        return { read, codes, waits };
      } catch (error) {
        if (!(error instanceof Failure) || error.isFinal) throw error;
        codes.push(error.code);
        waits.push(error.retryAfterMs);
        world.clock.nowMs += error.retryAfterMs ?? 1000;
        if (error.code === 'day-changed-while-read') [version] = ['', read.splice(0)];
        assert.doesNotMatch(error.message, /\n|Bearer|\d{9,}\.\d+/);
      }
    }
    throw new Error(`still failing after ${most} tries: ${codes.join(', ')}`);
  }

  test('without a fault: one look, each page once, the report\'s rows as events at noon', async () => {
    const { read } = await readOn();
    assertWhole(read);
    assert.ok(pages >= 25);
    assert.equal(world.api.log.length, pages + 1);
    assert.equal(world.api.quota.spent(), 10 * (pages + 1));
    assert.deepEqual((await world.budget.read(''))?.leases, {}, 'every place was given back');
    assert.equal((await world.budget.read(''))?.dayTokens, 200_000 - 10 * (pages + 1), 'what Google says is left is kept');
  });

  const minute = 60_000;
  const refusal = (message: string, retryAfter?: string): Fault => ({ kind: 'status', status: 429, reason: 'RESOURCE_EXHAUSTED', message, retryAfter });
  const faults: readonly { name: string; fault: Fault; code: FailureCode; waits?: number }[] = [
    { name: '429 for concurrent requests', fault: refusal(quotaMessages.concurrent), code: 'source-busy', waits: 5000 },
    { name: '429 for concurrent requests with Retry-After', fault: refusal(quotaMessages.concurrent, '9'), code: 'source-busy', waits: 9000 },
    { name: '429 for the tokens of the hour', fault: refusal(quotaMessages.hour), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for the tokens of the hour, with a Retry-After that is too short', fault: refusal(quotaMessages.hour, '10'), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for the project\'s share', fault: refusal(quotaMessages.project), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for the project\'s share, with a Retry-After that is too short', fault: refusal(quotaMessages.project, '10'), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for thresholded requests', fault: refusal(quotaMessages.thresholded), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for thresholded requests, with a longer Retry-After', fault: refusal(quotaMessages.thresholded, '7200'), code: 'source-busy', waits: 120 * minute },
    { name: '429 for server errors', fault: refusal(quotaMessages.serverErrors), code: 'source-busy', waits: 40 * minute + 5000 },
    { name: '429 for server errors, with a longer Retry-After', fault: refusal(quotaMessages.serverErrors, '3000'), code: 'source-busy', waits: 50 * minute },
    { name: '429 for the day', fault: refusal(quotaMessages.day), code: 'source-busy', waits: 21 * 60 * minute + 40 * minute + 5000 },
    { name: '429 for the day, with a Retry-After that is too short', fault: refusal(quotaMessages.day, '60'), code: 'source-busy', waits: 21 * 60 * minute + 40 * minute + 5000 },
    { name: '429 for the day, with a longer Retry-After', fault: refusal(quotaMessages.day, '79200'), code: 'source-busy', waits: 22 * 60 * minute },
    { name: '429 that names nothing', fault: refusal('Resource has been exhausted (e.g. check quota).'), code: 'source-busy' },
    { name: '429 that names nothing, with Retry-After', fault: refusal('Resource has been exhausted (e.g. check quota).', '7'), code: 'source-busy', waits: 7000 },
    { name: '500', fault: { kind: 'status', status: 500, reason: 'INTERNAL' }, code: 'source-unavailable' },
    { name: '503', fault: { kind: 'status', status: 503, reason: 'UNAVAILABLE', retryAfter: '3' }, code: 'source-unavailable', waits: 3000 },
    { name: 'a reset in the middle of the answer', fault: { kind: 'reset' }, code: 'source-unavailable' },
    { name: 'an answer that is lost', fault: { kind: 'lost-answer' }, code: 'source-unavailable' },
    { name: 'half an answer', fault: { kind: 'half-json' }, code: 'source-unavailable' },
    { name: 'half a packed answer', fault: { kind: 'half-gzip' }, code: 'source-unavailable' },
    { name: 'a page that comes twice', fault: { kind: 'page-again' }, code: 'source-unavailable' },
    { name: 'a page that ends in its middle', fault: { kind: 'short-page' }, code: 'source-unavailable' },
    { name: 'a number of rows that does not fit the page', fault: { kind: 'row-count-moved' }, code: 'source-unavailable' },
  ];
  for (const { name, fault, code, waits } of faults) {
    for (const after of [0, 13, pages]) {
      // Before a look there is no page.
      if (fault.kind === 'page-again' && after === 0) continue;
      // A look that says another number is of another report than all that follows.
      const failed = fault.kind === 'row-count-moved' && after === 0 ? 'day-changed-while-read' : code;
      test(`${name} at request ${after}: one failure that passes, then the rows are whole and hardly a token more is spent`, async () => {
        world.api.faults.next('runReport', fault, { after });
        const { read, codes, waits: waited } = await readOn();
        assert.deepEqual(codes, [failed]);
        assert.deepEqual(waited, [waits]);
        assertWhole(read);
        assert.ok(world.api.quota.spent() <= 1.1 * 10 * (pages + 1), `${world.api.quota.spent()} tokens`);
        // The first page behind a look that lied was read for a report that never was.
        const arrived = failed === code ? world.api.pages() : world.api.pages().slice(1);
        assert.deepEqual(arrived, Array.from({ length: pages }, (_, page) => page * pageRows), 'each page arrived once');
      });
    }
  }

  test('a crash at page 13: a plug that knows only the cursor asks for each page once', async () => {
    const version = await versionOf(world.sourceWith());
    world.api.forget();
    assertWhole(await readOverACrash(() => world.sourceWith(), { sourceVersion: version, batchRows: pageRows, crashAfter: 13 * pageRows }));
    assert.deepEqual(world.api.pages(), Array.from({ length: pages }, (_, page) => page * pageRows));
  });

  test('a burst of 503 stops one error before Google would lock the property, and goes on in the next hour', async () => {
    world.api.faults.next('runReport', { kind: 'status', status: 503, reason: 'UNAVAILABLE' }, { after: 5, times: 11 });
    const { read, codes, waits } = await readOn(20);
    assertWhole(read);
    assert.equal(codes.filter((code) => code === 'source-unavailable').length, 11);
    const [longest = 0] = waits.filter((wait) => wait !== undefined).sort((a, b) => b - a);
    assert.ok(longest > 39 * minute && longest <= 40 * minute + 5000, `waited ${longest} ms for the hour`);
    assert.equal(codes.filter((code) => code === 'source-busy').length, 1);
    assert.ok(!world.api.log.some(({ status }) => status === 429), 'Google never had to refuse');
    assert.ok(world.api.quota.spent() <= 1.1 * 10 * (pages + 1));
  });

  test('tokens of the hour that run out are waited for before Google refuses', async () => {
    await versionOf(world.sourceWith());
    world.api.quota.left.tokensPerProjectPerHour = 105;
    const { read, codes } = await readOn();
    assertWhole(read);
    assert.deepEqual(codes, ['source-busy']);
    assert.ok(!world.api.log.some(({ status }) => status === 429));
  });

  test('a share of the project that is used up to the last token is waited for before Google refuses', async () => {
    world.api.quota.left.tokensPerProjectPerHour = 10;
    await versionOf(world.sourceWith());
    await assert.rejects(() => world.sourceWith().look(day), (error) => error instanceof Failure && error.code === 'source-busy' && /before Google refuses it/.test(error.message));
    assert.deepEqual(world.api.log.map(({ status }) => status), [200], 'a figure of 0 is left out of the answer, and counts');
  });

  test('many readers at once share one limit', async () => {
    world.api.slowDown(20);
    const version = await versionOf(world.sourceWith());
    const each = await Promise.all(Array.from({ length: 8 }, async () => {
      const read: SourceRow[] = [];
      for (let tries = 0; tries < 400; tries += 1) {
        try {
          await readInto(read, world.sourceWith({ concurrentRequests: 3 }), version, pageRows * 5);
          return read;
        } catch (error) {
          if (!(error instanceof Failure) || error.code !== 'source-busy') throw error;
        }
      }
      throw new Error('never came through');
    }));
    for (const read of each) assertWhole(read);
    assert.ok(world.api.quota.mostAtOnce() <= 3);
  });

  const [someone] = rows.flatMap(({ user_pseudo_id: user }) => (user === null ? [] : [user]));
  const moved: readonly { name: string; content: readonly Ga4Row[] }[] = [
    { name: 'has another number of rows', content: rows.filter(({ user_pseudo_id: user }) => user !== someone) },
    { name: 'has as many rows as before and other figures', content: [...rows, rows[0] as Ga4Row] },
  ];
  for (const { name, content } of moved) {
    test(`a report that moved while it is read and ${name} is read anew, whole, and nothing but the pages of before is lost`, async () => {
      const source = world.sourceWith();
      const version = await versionOf(source);
      let read = 0;
      await assert.rejects(async () => {
        for await (const page of source.read(day, { sourceVersion: version, from: 0, batchRows: pageRows })) {
          read += page.length;
          if (read === 5 * pageRows) world.api.put(day, content);
        }
      }, (error) => error instanceof Failure && error.code === 'day-changed-while-read' && !error.isFinal);
      assert.equal(world.api.quota.spent(), 10 * (1 + 5 + 1 + 1), 'a look, five pages, one of another report, and a look that decides');
      world.api.forget();
      const anew = await readOn();
      assertWhole(anew.read, content);
      assert.deepEqual(anew.codes, []);
      assert.equal(world.api.log.length, 1 + Math.ceil(countsOf(content).size / pageRows));
    });
  }

  test('totals that Google summed in another order are the same version, a cent more is another', async () => {
    const paid = (values: readonly number[]): Ga4Row[] => values.map((value, index) => ({ event_name: 'purchase', user_pseudo_id: `1.${index}`, event_params: [{ key: 'value', value: { double_value: value } }] }));
    const versions = [];
    for (const values of [[0.1, 0.2], [0, 0.3], [0.1, 0.21]]) {
      world.api.put(day, paid(values));
      versions.push(await versionOf(world.sourceWith()));
    }
    assert.deepEqual(versions, ['properties/123456789 2 2 0.3', 'properties/123456789 2 2 0.3', 'properties/123456789 2 2 0.31']);
  });

  for (const [mark, metadata] of [['dataLossFromOtherRow', { dataLossFromOtherRow: true }], ['samplingMetadatas', { samplingMetadatas: [{ samplesReadCount: '10', samplingSpaceSize: '100' }] }], ['subjectToThresholding', { subjectToThresholding: true }]] as const) {
    test(`a report that is marked ${mark} is no source of people: the day is unreadable, by name`, async () => {
      world.api.faults.next('runReport', { kind: 'marked', metadata }, { times: 1 });
      const look = await world.sourceWith().look(day);
      assert.ok(look.state === 'unreadable' && look.sentence.includes(mark), JSON.stringify(look));
      const version = await versionOf(world.sourceWith());
      world.api.faults.next('runReport', { kind: 'marked', metadata }, { after: 3 });
      await assert.rejects(() => readInto([], world.sourceWith(), version, pageRows), (error) => error instanceof Failure && error.code === 'day-bad-rows' && error.message.includes(mark));
    });
  }

  test('a day is missing until it is over, provisional until it has settled, then final', async () => {
    const states = [];
    for (const hours of [-1, 0, 71, 72]) {
      world.clock.nowMs = dayEndMs + hours * hourMs;
      const look = await world.sourceWith().look(day);
      states.push(look.state === 'present' ? look.finality : look.state);
    }
    assert.deepEqual(states, ['missing', 'provisional', 'provisional', 'final']);
  });

  test('an empty report is due until 18:00 of the next day by the property\'s clock, and missing from then on', async () => {
    world.api.put(day, []);
    const source = world.sourceWith();
    const dueByUs = Date.parse('2026-01-02T17:00:00Z') * 1000;
    const due = [];
    for (const hours of [-1, 0, 17.9, 18, 100]) {
      world.clock.nowMs = dayEndMs + hours * hourMs;
      const look = await source.look(day);
      due.push(look.state === 'missing' ? look.dueByUs : look.state);
    }
    assert.deepEqual(due, [dueByUs, dueByUs, dueByUs, undefined, undefined]);
    assert.deepEqual(source.dueOf?.(day), { thereByUs: dueByUs, settledAtUs: (dayEndMs + 72 * hourMs) * 1000 });
    assert.equal(world.api.log.length, 4, 'before the day ends nobody is asked');
  });

  test('refusals are final, say what to do, and are not tried again', async () => {
    for (const [status, reason, message, said] of [
      [403, 'PERMISSION_DENIED', 'User somebody@example.com does not have sufficient permissions for this property.', /Grant Viewer on properties\/123456789 in Google Analytics/],
      [401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.', /credentials of the source/],
      [400, 'INVALID_ARGUMENT', 'Field customUser:client_id is not a valid dimension.', /not a valid dimension.*source check/],
      [404, 'NOT_FOUND', 'Not found', /Check propertyId of the source/],
    ] as const) {
      world.api.forget();
      world.api.faults.next('runReport', { kind: 'status', status, reason, message });
      await assert.rejects(() => world.sourceWith().look(day), (error) => {
        assert.ok(error instanceof Failure && error.isFinal && error.code === 'source-refused');
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /\n|somebody@/);
        return true;
      });
      assert.equal(world.api.log.length, 1);
    }
  });

  test('a check says in plain words what is there and what is missing', async () => {
    const days = ['2025-12-31', day, '2026-01-02'];
    const sentences = async (changes = {}) => (await world.sourceWith(changes).check(days)).map(({ level, sentence }) => `${level}: ${sentence}`).join('\n');
    assert.match(await sentences(), /ok: properties\/123456789 may be read; its report of 2026-01-01 has \d+ rows\nok: \d+ of the first \d+ rows of 2026-01-01 \(\d+ of their \d+ events\) have a client id; the others are counted as anonymous$/);
    world.api.put(day, rows.map((row, index) => (index < 3 ? row : { ...row, user_pseudo_id: null })));
    const known = rows.slice(0, 3).filter(({ user_pseudo_id: user }) => user !== null).length;
    assert.ok((await sentences()).includes(`(${known} of their ${rows.length} events) have a client id`));
    assert.match(await sentences({ timeZone: 'America/New_York' }), /warning: .* reports in Europe\/Berlin, timeZone is America\/New_York/);
    assert.match(await sentences({ person: 'nobody' }), /error: Google refused .*customUser:nobody is not a valid dimension/);
    assert.match(await sentences({ propertyId: '42' }), /error: .*Check propertyId of the source/);
  });
});
