import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { createDataApi } from '../../src/connectors/ga4/data-api.ts';
import { dayFigures } from '../../src/connectors/ga4/day-figures.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import { Failure } from '../../src/domain/failure.ts';
import { quotaMessages } from '../google/data-api-quota.ts';
import { startDataApiServer } from '../google/data-api-server.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);

suite('Google Analytics export, looks', () => {
  let world: GoogleWorld;
  beforeEach(async () => (world = await googleWorld()));
  afterEach(() => world.dispose());
  const lookAfter = async (hours: number) => {
    world.clock.nowMs = dayEndMs + hours * hourMs;
    return world.sourceWith().look(day);
  };

  test('absent at 06:00, there at 11:00, rewritten at +30 h and +70 h: missing, provisional three times, final once', async () => {
    world.google.tables.put('events_intraday_20260101', rows.slice(50), dayEndMs - hourMs);
    world.google.tables.put('events_20260101', rows.slice(3), dayEndMs + 11 * hourMs);
    world.google.tables.drop('events_intraday_20260101', dayEndMs + 11 * hourMs);
    world.google.tables.put('events_20260101', rows.slice(2), dayEndMs + 30 * hourMs);
    world.google.tables.put('events_20260101', rows, dayEndMs + 70 * hourMs);
    const early = await lookAfter(6);
    assert.ok(early.state === 'missing');
    assert.match(early.expected, /^table events_20260101 \(Google writes it until 18:00 of the next day; from 2026-01-02T17:00:00Z on events_intraday_20260101 is taken instead\) of dataset almanac-tests\.analytics_123456789$/);
    assert.equal(early.dueByUs, Date.parse('2026-01-02T17:00:00Z') * 1000);
    assert.deepEqual(world.sourceWith().dueOf?.(day), { thereByUs: early.dueByUs, settledAtUs: (dayEndMs + 72 * hourMs) * 1000 });
    assert.deepEqual(world.google.log.map(({ operation }) => operation), ['tables.get'], 'one free request');
    const looks = [await lookAfter(12), await lookAfter(31), await lookAfter(71), await lookAfter(72), await lookAfter(200)];
    assert.deepEqual(looks.map((look) => (look.state === 'present' ? look.finality : look.state)), ['provisional', 'provisional', 'provisional', 'final', 'final']);
    const versions = looks.map((look) => (look.state === 'present' ? look.sourceVersion : ''));
    assert.equal(new Set(versions).size, 3, 'a change is a version, the passing of time is none');
    assert.equal(world.google.asked('jobs.insert'), 0, 'looking costs nothing');
  });

  test('without a daily table: missing until the deadline, then what streaming brought, provisional, and final after 72 hours', async () => {
    world.google.tables.put('events_intraday_20260101', rows, dayEndMs - hourMs);
    const states = [];
    for (const hours of [6, 17, 18, 71, 72]) {
      const look = await lookAfter(hours);
      states.push(look.state === 'present' ? look.finality : look.state);
    }
    assert.deepEqual(states, ['missing', 'missing', 'provisional', 'provisional', 'final']);
    const read: SourceRow[] = [];
    await readInto(read, world.sourceWith(), await versionOf(world.sourceWith()), 100);
    assert.equal(read.length, rows.length);
    assert.equal(read[0]?.file, 'events_intraday_20260101');
  });

  test('a fresh table comes before an intraday one, the daily one before both', async () => {
    world.google.tables.put('events_intraday_20260101', rows, dayEndMs);
    world.google.tables.put('events_fresh_20260101', rows, dayEndMs);
    assert.match(await versionAfter(20), /^events_fresh_20260101@/);
    world.google.tables.put('events_20260101', rows, dayEndMs + 21 * hourMs);
    assert.match(await versionAfter(22), /^events_20260101@/);
  });

  test('a day whose tables never came, and one of a dataset that is not there, name what was looked for', async () => {
    const look = await lookAfter(100);
    assert.ok(look.state === 'missing' && look.dueByUs === undefined && /events_20260101, events_fresh_20260101 or events_intraday_20260101 of dataset/.test(look.expected));
    const elsewhere = await world.sourceWith({ dataset: 'analytics_1' }).look(day);
    assert.ok(elsewhere.state === 'missing' && elsewhere.expected.endsWith('.analytics_1'));
  });

  test('a table that is no export is unreadable; one of before 2024 has no batch columns and is read', async () => {
    const fields = world.google.tables;
    const { ga4Fields } = await import('../google/ga4-schema.ts');
    fields.put('events_20260101', rows, dayEndMs, ga4Fields.filter(({ name }) => name !== 'event_params'));
    const look = await lookAfter(80);
    assert.ok(look.state === 'unreadable' && /event_params/.test(look.sentence));
    fields.put('events_20260101', rows, dayEndMs + 1, ga4Fields.filter(({ name }) => !name.startsWith('batch_')));
    const read: SourceRow[] = [];
    await readInto(read, world.sourceWith({ columns: ['device.category', 'batch_page_id'] }), await versionAfter(80), 1000);
    assert.equal(read.length, rows.length);
    const event = read.find((row) => row.kind === 'event');
    assert.ok(event?.kind === 'event' && /"device_category":"(desktop|mobile|tablet)"/.test(event.payload) && !event.payload.includes('batch_'));
  });

  test('other columns are another understanding of the same content; a limit on costs is none', async () => {
    const hashes = [world.sourceWith(), world.sourceWith({ columns: ['geo.country'] }), world.sourceWith({ person: 'user_id' }), world.sourceWith({ maximumBytesBilled: 2 ** 40 })].map(({ mappingHash }) => mappingHash);
    assert.equal(new Set(hashes).size, 3);
    assert.equal(hashes[0], hashes[3]);
  });

  test('only the columns that are asked for are paid for', async () => {
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 80 * hourMs;
    const price = async (columns: string[]): Promise<number> => {
      const findings = await world.sourceWith({ columns }).check([day]);
      return Number(/would read (\d+) bytes/.exec(findings.map(({ sentence }) => sentence).join(' '))?.[1]);
    };
    const [least, category, items] = [await price([]), await price(['device.category']), await price(['items'])];
    assert.ok(least > 0 && least < category && category < items, `${least}, ${category}, ${items}`);
  });

  test('the price of a day is what reading it bills, and asking for it costs nothing', async () => {
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 80 * hourMs;
    const source = world.sourceWith();
    const sourceVersion = await versionOf(source);
    const price = await source.priceOf?.(day, { sourceVersion });
    assert.deepEqual([price, world.google.jobs.billed()], [{ bytesBilled: 10 * 2 ** 20, refusal: null }, 0]);
    await readInto([], source, sourceVersion, 1000);
    assert.equal(world.google.jobs.billed(), price?.bytesBilled);
    const refused = await world.sourceWith({ maximumBytesBilled: 1000 }).priceOf?.(day, { sourceVersion });
    assert.match(refused?.refusal ?? '', /^the query of events_20260101 would read \d+ bytes and maximumBytesBilled is 1000: raise it, or select fewer columns$/);
    world.google.tables.put('events_20260101', rows.slice(1), dayEndMs + 79 * hourMs);
    await assert.rejects(async () => source.priceOf?.(day, { sourceVersion }), (error) => error instanceof Failure && error.code === 'day-changed-while-read');
  });

  test('days of 23 and 25 hours end when they end', async () => {
    for (const [of, endMs] of [['2026-03-29', Date.parse('2026-03-29T22:00:00Z')], ['2026-10-25', Date.parse('2026-10-25T23:00:00Z')]] as const) {
      const id = `events_${of.replaceAll('-', '')}`;
      world.google.tables.put(id, [], endMs);
      for (const [hours, finality] of [[71.99, 'provisional'], [72, 'final']] as const) {
        world.clock.nowMs = endMs + hours * hourMs;
        const look = await world.sourceWith().look(of);
        assert.ok(look.state === 'present' && look.finality === finality, `${of} after ${hours} h`);
      }
    }
  });

  async function versionAfter(hours: number): Promise<string> {
    world.clock.nowMs = dayEndMs + hours * hourMs;
    return versionOf(world.sourceWith());
  }
});

suite('Google Analytics export, check', () => {
  let world: GoogleWorld;
  beforeEach(async () => (world = await googleWorld()));
  afterEach(() => world.dispose());
  const check = async (source = world.sourceWith()) => (await source.check(daysFromTo('2025-12-28', '2026-01-01'))).map(({ level, sentence }) => `${level}: ${sentence}`).join('\n');

  test('a property that is ready: dataset, days, people, price', async () => {
    for (const each of ['2025-12-28', '2025-12-29', '2025-12-31', day]) world.google.tables.put(`events_${each.replaceAll('-', '')}`, property.rowsOf(each), Date.parse(each));
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.google.tables.put('events_intraday_20251230', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 20 * hourMs;
    const said = await check();
    assert.match(said, /^ok: dataset almanac-tests\.analytics_123456789 is there and may be read \(EU\)$/m);
    assert.match(said, /^ok: 4 of the last 5 open days have their daily table, the newest is 2026-01-01$/m);
    assert.match(said, /^warning: 1 days have only what streaming brought, the newest is 2025-12-30/m);
    assert.match(said, /^ok: \d+ of the first \d+ rows of events_20260101 have user_pseudo_id/m);
    assert.match(said, /^ok: queries may run in project almanac-tests; that of events_20260101 would read \d+ bytes \(maximumBytesBilled is 1073741824\)$/m);
    assert.equal(world.google.jobs.billed(), 0);
  });

  test('a dataset that is not linked, an empty one, another location, a missing role, a wrong zone, a limit that is too low', async () => {
    assert.match(await check(world.sourceWith({ dataset: 'analytics_1' })), /^error: there is no dataset almanac-tests\.analytics_1: link the property in Google Analytics/);
    assert.match(await check(), /^error: dataset .* has no table of the export yet: switch on the daily export/m);
    assert.match(await check(world.sourceWith({ location: 'us-east1' })), /^error: dataset .* lies in EU, location of the source is us-east1/m);
    world.google.faults.next('datasets.get', { kind: 'status', status: 403, reason: 'accessDenied', message: 'Access Denied' });
    assert.match(await check(), /^error: Google refused dataset .* Grant BigQuery Data Viewer \(roles\/bigquery\.dataViewer\) on dataset almanac-tests\.analytics_123456789$/m);
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 20 * hourMs;
    assert.match(await check(world.sourceWith({ timeZone: 'America/Los_Angeles' })), /^warning: \d+ of the first \d+ rows of events_20260101 lie on another day in America\/Los_Angeles: timeZone should be/m);
    assert.match(await check(world.sourceWith({ maximumBytesBilled: 1000 })), /^error: the query of events_20260101 would read \d+ bytes and maximumBytesBilled is 1000/m);
    assert.match(await check(world.sourceWith({ columns: ['geo.contry'] })), /^warning: table events_20260101 has no column geo\.contry/m);
    assert.match(await check(world.sourceWith({ person: 'user_id' })), /^error: none of the first \d+ rows of events_20260101 has user_id/m);
    world.google.faults.next('jobs.insert', { kind: 'status', status: 403, reason: 'accessDenied' });
    assert.match(await check(), /^error: Google refused the query of dataset .* Grant BigQuery Job User \(roles\/bigquery\.jobUser\) on project almanac-tests/m);
    assert.equal((await check(world.sourceWith({ rootUrl: 'http://127.0.0.1:9/' }))).split('\n').length, 1);
  });

  test('days that would be compared: one report is asked for, and a wrong property, a missing role or a quota is said now', async () => {
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 20 * hourMs;
    const api = await startDataApiServer({ now: () => world.clock.nowMs, timeZone });
    try {
      const checked = (propertyId = api.propertyId, changes: Parameters<GoogleWorld['sourceWith']>[0] = {}) => {
        const reports = createDataApi({ propertyId, credentials: { kind: 'none' }, rootUrl: api.rootUrl, concurrentRequests: 5, now: () => world.clock.nowMs });
        return check(world.sourceWith({ reportedFigures: (of, call) => dayFigures(reports, of, call?.signal), ...changes }));
      };
      assert.match(await checked(), /^warning: Google's report of 2025-12-31 has no event: propertyId of dataApi should be the number/m);
      api.put('2025-12-31', rows);
      const people = new Set(rows.flatMap(({ user_pseudo_id: user }) => (user === null ? [] : [user]))).size;
      const ready = await checked();
      assert.match(ready, new RegExp(`^ok: Google's report of 2025-12-31 may be read, days are compared with it: ${people} people, \\d+ sessions, ${rows.length} events$`, 'm'));
      assert.match(ready, /^ok: queries may run/m, 'beside what is said of the export');
      assert.equal(api.log.length, 2);
      assert.match(await checked(api.propertyId, { person: 'user_id' }), new RegExp(`^ok: Google's report of 2025-12-31 may be read, the events of days are compared with it: ${rows.length} \\(not people and sessions: Google counts visitors, and person of the source is user_id\\)$`, 'm'));
      assert.match(await checked('42'), /^error: days cannot be compared with Google's reports: Google refused .* of properties\/42 .*Check propertyId of the source$/m);
      api.faults.next('runReport', { kind: 'status', status: 403, reason: 'PERMISSION_DENIED', message: 'no' });
      assert.match(await checked(), /^error: days cannot be compared .* Grant Viewer on properties\/123456789 in Google Analytics/m);
      api.faults.next('runReport', { kind: 'status', status: 429, reason: 'RESOURCE_EXHAUSTED', message: quotaMessages.day });
      assert.match(await checked(), /^warning: Google is asked for more than a quota allows .*; it is asked again later$/m);
      world.google.faults.next('datasets.get', { kind: 'status', status: 403, reason: 'accessDenied' });
      assert.match(await checked(), /^ok: Google's report of 2025-12-31/m, 'whatever is wrong with the export');
    } finally {
      await api.dispose();
    }
  });
});
