import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { Failure, type FailureCode } from '../../src/domain/failure.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, readOverACrash, versionOf, type GoogleWorld } from '../google/world.ts';
import type { Fault, Operation } from '../google/faults.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);
const pageRows = Math.ceil(rows.length / 25);
const table = 'events_20260101';

/** What is read must be: every row of the table once, by what identifies it and by its content. */
function assertWhole(read: readonly SourceRow[], of: readonly object[] = rows): void {
  assert.equal(read.length, of.length);
  assert.deepEqual(read.map(({ position }) => position), of.map((_, index) => index));
  const keys = read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
  assert.equal(new Set(keys).size, keys.length);
  const inTable = (of as { event_timestamp: number; event_name: string; user_pseudo_id: string | null; event_bundle_sequence_id: bigint }[])
    .filter(({ user_pseudo_id: user }) => user !== null).map((row) => `${row.event_timestamp} ${row.event_name} ${row.user_pseudo_id} ${row.event_bundle_sequence_id}`).sort();
  const found = read.flatMap((row) => (row.kind === 'event' ? [row] : [])).map(({ event, payload }) => `${event.timeUs} ${event.name} ${event.user} ${(JSON.parse(payload) as { event_bundle_sequence_id: number | string }).event_bundle_sequence_id}`).sort();
  assert.deepEqual(found, inTable);
}

suite('Google Analytics export, faults', () => {
  let world: GoogleWorld;
  beforeEach(async () => {
    world = await googleWorld();
    world.google.tables.put(table, rows, dayEndMs + hourMs);
  });
  afterEach(() => world.dispose());

  /** Reads like a step does: what fails and is not final goes on at the cursor with a new plug, as in a new process. */
  async function readOn(most = 10): Promise<{ read: SourceRow[]; codes: FailureCode[]; waits: (number | undefined)[] }> {
    const read: SourceRow[] = [];
    const codes: FailureCode[] = [];
    const waits: (number | undefined)[] = [];
    const version = await versionOf(world.sourceWith());
    world.google.forget();
    for (let tries = 0; tries <= most; tries += 1) {
      try {
        await readInto(read, world.sourceWith(), version, pageRows);
        return { read, codes, waits };
      } catch (error) {
        if (!(error instanceof Failure) || error.isFinal) throw error;
        codes.push(error.code);
        waits.push(error.retryAfterMs);
        assert.doesNotMatch(error.message, /\n|Bearer|\d{9,}\.\d+/);
      }
    }
    throw new Error(`still failing after ${most} tries: ${codes.join(', ')}`);
  }

  test('without a fault each of the 25 pages is asked for once, and the rows are the table\'s', async () => {
    const { read } = await readOn();
    assertWhole(read);
    const pages = world.google.pages();
    assert.equal(pages.length, 25);
    assert.equal(new Set(pages).size, 25);
    assert.equal(world.google.asked('jobs.insert'), 1);
    assert.ok(read.some((row) => row.kind === 'anonymous') && read.some((row) => row.kind === 'event' && row.eventKey.endsWith('.1')), 'the day has people without consent and true duplicates');
    assert.ok(read.some((row) => row.kind === 'event' && row.payload.includes('"event_bundle_sequence_id":"90071992')), 'and bundles beyond 2^53');
  });

  const everywhere: readonly Operation[] = ['tables.get', 'jobs.insert', 'jobs.get', 'jobs.getQueryResults'];
  const faults: readonly { name: string; fault: Fault; code: FailureCode; waits?: number; on?: readonly Operation[] }[] = [
    { name: '429 without Retry-After', fault: { kind: 'status', status: 429, reason: 'rateLimitExceeded' }, code: 'source-busy' },
    { name: '429 with Retry-After', fault: { kind: 'status', status: 429, reason: 'rateLimitExceeded', retryAfter: '7' }, code: 'source-busy', waits: 7000 },
    { name: '403 that is a quota', fault: { kind: 'status', status: 403, reason: 'quotaExceeded' }, code: 'source-busy' },
    { name: '403 that is a quota, with Retry-After', fault: { kind: 'status', status: 403, reason: 'quotaExceeded', retryAfter: '9' }, code: 'source-busy', waits: 9000 },
    { name: '403 for concurrent queries', fault: { kind: 'status', status: 403, reason: 'rateLimitExceeded', message: 'Exceeded rate limits: too many concurrent queries for this project_and_region.' }, code: 'source-busy', waits: 5000 },
    { name: '500', fault: { kind: 'status', status: 500, reason: 'backendError' }, code: 'source-unavailable' },
    { name: '503', fault: { kind: 'status', status: 503, reason: 'backendError', retryAfter: '3' }, code: 'source-unavailable', waits: 3000 },
    { name: 'a reset in the middle of the answer', fault: { kind: 'reset' }, code: 'source-unavailable' },
    { name: 'an answer that is lost', fault: { kind: 'lost-answer' }, code: 'source-unavailable' },
    { name: 'half an answer', fault: { kind: 'half-json' }, code: 'source-unavailable' },
    { name: 'half a packed answer', fault: { kind: 'half-gzip' }, code: 'source-unavailable' },
    { name: 'a page that comes twice', fault: { kind: 'page-again' }, code: 'source-unavailable', on: ['jobs.getQueryResults'] },
    { name: 'a page that ends in its middle', fault: { kind: 'short-page' }, code: 'source-unavailable', on: ['jobs.getQueryResults'] },
    { name: 'a page token that leads nowhere', fault: { kind: 'token-loop' }, code: 'source-unavailable', on: ['jobs.getQueryResults'] },
  ];
  for (const { name, fault, code, waits, on = everywhere } of faults) {
    for (const operation of on) {
      test(`${name} at ${operation}: one failure that passes, then the rows are whole and each page arrived once`, async () => {
        const after = operation === 'jobs.getQueryResults' ? 12 : 0;
        world.google.faults.next(operation, fault, { after: operation === 'tables.get' ? 1 : after });
        const { read, codes, waits: waited } = await readOn();
        assert.deepEqual(codes, [code]);
        assert.deepEqual(waited, [waits]);
        assertWhole(read);
        const pages = world.google.pages();
        assert.equal(new Set(pages).size, pages.length, 'no page arrived twice');
        assert.equal(world.google.jobs.billed(), 10 * 2 ** 20, 'one job was paid');
      });
    }
  }

  test('a burst of 503 is passed by trying again, with one job', async () => {
    world.google.faults.next('jobs.getQueryResults', { kind: 'status', status: 503, reason: 'backendError' }, { after: 5, times: 6 });
    world.google.faults.next('jobs.insert', { kind: 'status', status: 500, reason: 'internalError' }, { times: 2 });
    const { read, codes } = await readOn(10);
    assert.equal(codes.length, 8);
    assertWhole(read);
    assert.equal(world.google.jobs.billed(), 10 * 2 ** 20);
  });

  test('a crash at page 13: pages are fetched at most once, by a plug that knows only the cursor', async () => {
    const version = await versionOf(world.sourceWith());
    world.google.forget();
    assertWhole(await readOverACrash(() => world.sourceWith(), { sourceVersion: version, batchRows: pageRows, crashAfter: 13 * pageRows }));
    const pages = world.google.pages();
    assert.equal(pages.length, 25);
    assert.equal(new Set(pages).size, 25);
    assert.equal(world.google.jobs.billed(), 10 * 2 ** 20, 'the second process took the job over');
  });

  test('results that are gone are asked for again by another job, in the same order', async () => {
    const version = await versionOf(world.sourceWith());
    const read: SourceRow[] = [];
    const billed: number[] = [];
    world.google.faults.next('jobs.getQueryResults', { kind: 'reset' }, { after: 10 });
    await assert.rejects(() => readInto(read, world.sourceWith(), version, pageRows));
    world.google.jobs.expire();
    for await (const page of world.sourceWith().read(day, { sourceVersion: version, from: read.length, batchRows: pageRows, onBilled: (bytes) => void billed.push(bytes) })) read.push(...page);
    assertWhole(read);
    assert.deepEqual(billed, [10 * 2 ** 20, 20 * 2 ** 20], 'both jobs are counted, each as soon as it is billed');
    world.clock.nowMs += 21 * hourMs;
    const again: SourceRow[] = [];
    await readInto(again, world.sourceWith(), version, pageRows);
    assert.deepEqual(again, read);
    assert.equal(world.google.jobs.billed(), 30 * 2 ** 20, 'results that would not last are not begun with');
  });

  test('a job that failed for a reason that passes is followed by another; one that costs too much ends with what to do', async () => {
    world.google.jobs.fail({ reason: 'jobBackendError', message: 'try again' }, 2);
    const { read, codes } = await readOn();
    assert.deepEqual(codes, ['source-unavailable', 'source-unavailable']);
    assertWhole(read);
    const version = await versionOf(world.sourceWith());
    await assert.rejects(() => readInto([], world.sourceWith({ maximumBytesBilled: 1000 }), version, pageRows), (error) =>
      error instanceof Failure && error.isFinal && error.code === 'source-refused' && /bytesBilledLimitExceeded.*maximumBytesBilled/.test(error.message));
  });

  for (const reason of ['resourcesExceeded', 'responseTooLarge']) {
    test(`a job that fails with ${reason} is final, and the remedy is a smaller question`, async () => {
      world.google.jobs.fail({ reason, message: 'too much' }, 1);
      const version = await versionOf(world.sourceWith());
      await assert.rejects(() => readInto([], world.sourceWith(), version, pageRows), (error) =>
        error instanceof Failure && error.isFinal && error.code === 'source-refused' && error.message.includes(reason) && error.message.endsWith('Select fewer columns and parameters of the source'));
    });
  }

  test('a slow job is waited for', async () => {
    world.google.jobs.slowDown(3);
    assertWhole((await readOn()).read);
    assert.equal(world.google.asked('jobs.get'), 3);
  });

  test('refusals are final, name the role, and are not tried again', async () => {
    const source = world.sourceWith();
    const version = await versionOf(source);
    for (const [operation, status, reason, said] of [
      ['tables.get', 403, 'accessDenied', /roles\/bigquery\.dataViewer\) on dataset almanac-tests\.analytics_123456789/],
      ['jobs.insert', 403, 'accessDenied', /roles\/bigquery\.jobUser\) on project almanac-tests/],
      ['jobs.insert', 401, 'authError', /credentials of the source/],
      ['jobs.insert', 400, 'invalidQuery', /source check/],
      ['jobs.getQueryResults', 403, 'accessDenied', /dataViewer/],
    ] as const) {
      world.google.forget();
      world.google.faults.next(operation, { kind: 'status', status, reason, message: 'Access Denied: somebody@example.com may not\nread this' }, {});
      await assert.rejects(() => readInto([], source, version, pageRows), (error) => {
        assert.ok(error instanceof Failure && error.isFinal && error.code === 'source-refused');
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /\n|somebody@/);
        return true;
      });
      assert.equal(world.google.asked(operation), 1);
    }
  });

  test('a day that is rewritten while it is read is given up, and read anew', async () => {
    const source = world.sourceWith();
    const version = await versionOf(source);
    const fewer = rows.slice(1);
    const read: SourceRow[] = [];
    await assert.rejects(async () => {
      for await (const page of source.read(day, { sourceVersion: version, from: 0, batchRows: pageRows })) {
        read.push(...page);
        if (read.length === 5 * pageRows) world.google.tables.put(table, fewer, world.clock.nowMs);
      }
    }, (error) => error instanceof Failure && error.code === 'day-changed-while-read' && !error.isFinal);
    const again: SourceRow[] = [];
    await readInto(again, source, await versionOf(source), pageRows);
    assertWhole(again, fewer);
    const keys = new Set(read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : [])));
    assert.ok(again.every((row) => row.kind !== 'event' || keys.has(row.eventKey)), 'an event keeps its key when another one goes');
  });

  test('a table that goes between look and query is a day that changed', async () => {
    const source = world.sourceWith();
    const version = await versionOf(source);
    world.google.faults.next('jobs.insert', { kind: 'status', status: 404, reason: 'notFound' });
    const reading = source.read(day, { sourceVersion: version, from: 0, batchRows: 10 })[Symbol.asyncIterator]();
    const first = reading.next();
    world.google.tables.drop(table, world.clock.nowMs);
    await assert.rejects(first, (error) => error instanceof Failure && error.code === 'day-changed-while-read');
  });

  test('an older answer about a table that was seen newer is no answer', async () => {
    const source = world.sourceWith();
    world.google.tables.put(table, rows.slice(2), world.clock.nowMs);
    const version = await versionOf(source);
    world.google.faults.next('tables.get', { kind: 'older-state' });
    await assert.rejects(() => source.look(day), (error) => error instanceof Failure && error.code === 'source-unavailable' && !error.isFinal && /older/.test(error.message));
    assert.equal(await versionOf(source), version);
  });

  test('an older answer is none to another process either, once that is told what the store has', async () => {
    world.google.tables.put(table, rows.slice(2), world.clock.nowMs);
    const known = await versionOf(world.sourceWith());
    const another = world.sourceWith();
    const older = (): void => world.google.faults.next('tables.get', { kind: 'older-state' });
    older();
    await assert.rejects(() => another.look(day, { known }), (error) => error instanceof Failure && error.code === 'source-unavailable' && !error.isFinal);
    const look = await another.look(day, { known });
    assert.ok(look.state === 'present' && look.sourceVersion === known);
    older();
    await assert.rejects(() => another.look(day), (error) => error instanceof Failure && error.code === 'source-unavailable', 'what it was told it remembers');
    for (const said of ['events_20251231@9999999999999/1/1', 'sha256-of-a-file']) assert.equal((await world.sourceWith().look(day, { known: said })).state, 'present', 'a version of something else is no measure');
  });

  test('content of before that is delivered last is the newest version, with the keys of then', async () => {
    const source = world.sourceWith();
    const contents = [rows, rows.slice(3), rows];
    const seen: SourceRow[][] = [];
    for (const [index, content] of contents.entries()) {
      world.google.tables.put(table, content, world.clock.nowMs - 1000 + index);
      const read: SourceRow[] = [];
      await readInto(read, source, await versionOf(source), pageRows);
      assertWhole(read, content);
      seen.push(read);
    }
    assert.deepEqual(seen[2], seen[0]);
  });
});
