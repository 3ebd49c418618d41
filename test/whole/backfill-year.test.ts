import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { tableOf } from '../../src/domain/activity/ga4/day-tables.ts';
import { addDays, daysFromTo, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { sourcesOf } from '../../src/main/plugs.ts';
import { root } from '../../src/main/root.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { differencesOf, dumpOf } from '../faults/tables.ts';
import { ga4Property } from '../google/ga4-property.ts';
import { startGoogleServer, type GoogleServer } from '../google/google-server.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { BackfillProgress } from '../../src/client.ts';
import type { BackfillPlan } from '../../src/main/cli/plan-text.ts';

const [from, to, timeZone] = ['2025-01-01', '2025-12-31', 'Europe/Berlin'];
const days = daysFromTo(from, to);
/** Google exported nothing on these. */
const gaps = ['2025-05-10', '2025-05-11', '2025-11-02'];
/** A live morning of the same property takes in a day after the year, and looks back at the three before it, which have no table. */
const liveDay = addDays(to, 10);
const lookedBackTo = [1, 2, 3].map((ago) => addDays(liveDay, -ago));
const tenMebibytes = 10 * 2 ** 20;
const daysAtOnce = 8;
/** Then the server gives a dead worker's step to another one. */
const heartbeatTimeoutSeconds = 15;

interface Morning { readonly state: string; readonly looks: number; readonly seconds: number }

/** A year of a Google Analytics property comes in while its worker is killed and live days come and go beside it. */
suite('a year of days, backfilled over a kill', () => {
  const shop = mkdtempSync(join(tmpdir(), 'almanac-year-'));
  let google: GoogleServer;
  let stack: TestStack;
  let site: string;

  before(async () => {
    google = await startGoogleServer({ now: Date.now });
    const ga4 = ga4Property({ seed: 9, timeZone, firstDay: '2024-01-01', days: 720, visitors: 110 });
    for (const day of [...days.filter((other) => !gaps.includes(other)), liveDay]) google.tables.put(tableOf('daily', day), rowsOf(ga4, day), startOfDay(addDays(day, 1), timeZone) / 1000 + 36_000_000);
    writeSmallShop(shop, { days: 10 });
    stack = await startTestStack({
      properties: {
        site: {
          timeZone, shards: 1, calendar: { firstDay: from }, checks: { lowVolumeShare: 0, renamedEvent: { warn: 1, fail: 1 } }, schedules: { paused: true, ingestAt: '04:00', lookBackDays: 3 },
          source: { kind: 'ga4-export', project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials: { kind: 'none' } },
        },
        live: smallShopProperty(shop, { schedules: { paused: true, ingestAt: '04:00', lookBackDays: 0 } }),
      },
      configuration: { worker: { daysAtOnce } },
    });
    site = stack.named('site');
    await apply(schedulesOf(stack.config));
  });
  after(async () => {
    await apply([]);
    await stack?.stop();
    await google?.dispose();
    rmSync(shop, { recursive: true, force: true });
  });

  const apply = (lines: ReturnType<typeof schedulesOf>) => applySchedules({ client: stack.client, lines, taskQueue: stack.config.temporal.taskQueue });
  const progress = (): Promise<BackfillProgress> => stack.almanac.backfills.progress(site, from, to);
  const reached = (done: number) => eventually(async () => {
    const now = await progress().catch(() => null);
    return now && now.done >= done && now;
  }, 240_000, `day ${done} of the backfill`);

  /** The morning after `day`, by the property's own schedule: what became of the day, and how long that took. */
  async function morningAfter(property: string, day: Day): Promise<Morning> {
    const began = Date.now();
    const nominal = startOfDay(addDays(day, 1), timeZone) / 1000 + 4 * 3_600_000;
    await stack.client.schedule.getHandle(`tick/${property}/ingest`).backfill({ start: new Date(nominal - 60_000), end: new Date(nominal + 60_000), overlap: 'ALLOW_ALL' });
    const handle = stack.client.workflow.getHandle(`tick/${property}/ingest-${new Date(nominal).toISOString().slice(0, 19)}Z`);
    await eventually(() => handle.describe().then(() => true, () => false), 30_000, `the morning after ${day}`);
    const { days: looked } = (await handle.result()) as { days: { day: string; state: string }[] };
    const ofDay = looked.find((look) => look.day === day);
    assert.deepEqual(looked.filter((look) => look !== ofDay && ![...gaps, ...lookedBackTo].includes(look.day)), [], 'the day before, and what is missing still');
    return { state: ofDay?.state ?? 'not looked at', looks: looked.length, seconds: (Date.now() - began) / 1000 };
  }
  /** The same beside the backfill, and how far that is then. */
  async function morningBeside(property: string, day: Day): Promise<Morning & { doneBy: number }> {
    const morning = await morningAfter(property, day);
    const { done } = await eventually(() => progress().catch(() => null), 60_000, 'the progress');
    return { ...morning, doneBy: done };
  }

  async function plan(...more: string[]): Promise<BackfillPlan> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main/cli.ts'), 'backfill', 'plan', site, '--from', from, '--to', to, '--json', ...more], { cwd: root, env: { ...process.env, ...stack.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as BackfillPlan;
  }
  const thereOf = (): Day[] => days.filter((day) => !gaps.includes(day));

  test('the plan says what would run, what it costs and where the gaps are; it costs nothing and writes nothing', async (t) => {
    const everything = () => dumpOf({ cassandra: stack.stores.cassandra, artifacts: join(stack.home, 'artifacts') });
    const untouched = await everything();
    const planned = await plan();
    t.diagnostic(`${google.log.length} requests; ${planned.total.minutes} minutes expected`);
    assert.deepEqual(planned.days.map(({ day, why, source }) => [day, why, source]), days.map((day) => [day, 'new', gaps.includes(day) ? 'nothing' : 'read']));
    assert.deepEqual(planned.gaps, [{ from: gaps[0], to: gaps[1], days: 2 }, { from: gaps[2], to: gaps[2], days: 1 }]);
    const rows = thereOf().reduce((sum, day) => sum + (google.tables.at(tableOf('daily', day), Date.now())?.rows?.length ?? 0), 0);
    assert.deepEqual([planned.total.toRead, planned.total.records, planned.total.bytesBilled], [thereOf().length, rows, thereOf().length * tenMebibytes]);
    assert.equal(google.jobs.billed(), 0);
    assert.deepEqual(differencesOf(untouched, await everything()), []);
    assert.equal((await stack.client.workflow.count(`Property = '${site}'`)).count, 0, 'nothing was started');
  });

  test('no day is done twice, gaps are named, and live mornings do not wait for it', async (t) => {
    const began = Date.now();
    const live = stack.named('live');
    const liveDays = daysFromTo(SMALL_SHOP.firstDay, addDays(SMALL_SHOP.firstDay, 4));
    const alone = [await morningAfter(live, liveDays[3]!), await morningAfter(live, liveDays[4]!)]; // there are five
    const handle = await stack.almanac.backfills.start({ property: site, from, to, which: 'missing', order: 'oldest', weeks: false });
    await reached(30);
    const mornings = [await morningBeside(live, liveDays[0]!)]; // there are five

    const atKill = await reached(Math.ceil(0.4 * days.length));
    const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
    process.kill(worker!.pid!, 'SIGKILL'); // it has just answered
    const killedMs = Date.now();
    const overTheKill = morningBeside(live, liveDays[1]!); // there are five
    const resumed = await eventually(() => progress().catch(() => null), 120_000, 'an answer after the kill');
    const resumedSeconds = (Date.now() - killedMs) / 1000;
    assert.ok(resumed.done >= atKill.done && resumed.done < days.length, `${resumed.done} days after the kill, ${atKill.done} before it`);
    assert.deepEqual([resumed.total, resumed.failed.length >= 2], [days.length, true]);
    mornings.push(await overTheKill, await morningBeside(site, liveDay), await morningBeside(live, liveDays[2]!)); // there are five

    const ended = await handle.result();
    t.diagnostic(`${Math.round((Date.now() - began) / 1000)} s; progress answered ${resumedSeconds.toFixed(1)} s after the kill at ${atKill.done} (${resumed.done}); mornings alone ${alone.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(', ')}, beside it ${mornings.map(({ seconds, looks, doneBy }) => `${seconds.toFixed(1)} s (${looks} looks, by day ${doneBy})`).join(', ')}`);
    assert.equal(worker!.restarts, 1);
    assert.deepEqual(mornings.map(({ state }) => state), ['final', 'final', 'final', 'final']);
    assert.ok(mornings.every(({ doneBy }) => doneBy < days.length), 'the mornings were over before the backfill was');
    // Measured beside it: as long as alone. What is allowed is far below what waiting for days of the backfill would take.
    const mostSeconds = 4 * Math.max(...alone.map(({ seconds }) => seconds)) + 4;
    const atMost = mornings.map(({ looks }, index) => mostSeconds * looks + (index === 1 ? resumedSeconds + heartbeatTimeoutSeconds : 0));
    assert.ok(mornings.every(({ seconds }, index) => seconds <= atMost[index]!), `mornings within ${atMost.map((seconds) => seconds.toFixed(1)).join(', ')} s`); // one for each
    assert.deepEqual([ended.total, ended.done], [days.length, days.length]);
    assert.deepEqual(ended.failed.map(({ day, state }) => [day, state]), gaps.map((day) => [day, 'missing']));
    const asked = Map.groupBy(google.log.filter(({ operation }) => operation === 'jobs.getQueryResults'), ({ path }) => path);
    assert.equal(asked.size, thereOf().length + 1, 'a job for each day, and one for the live one');
    const readAgain = [...asked.values()].filter((requests) => requests.length > 1).length;
    assert.ok(readAgain <= daysAtOnce, `${readAgain} days were read again: more than were under way at the kill`);
    assert.match(ended.failed[0]!.sentence, /table events_20250510, events_fresh_20250510 or events_intraday_20250510 of dataset almanac-tests\.analytics_/);
  });

  test('every day has one generation, which is what its table holds, and was paid for once', async () => {
    const { rows } = await stack.stores.cassandra.execute('SELECT day, generation, state FROM day_manifests WHERE property = ?', [site], { fetchSize: 5000 });
    const given = rows.filter(({ generation }) => generation !== 0);
    const expected = [...thereOf(), liveDay];
    assert.deepEqual(given.filter(({ generation, state }) => generation !== 1 || state !== 'final').map((row) => `${row.day as string} ${row.generation as number} ${row.state as string}`), []);
    assert.equal(given.map(({ day }) => day as string).join(), expected.join());
    assert.equal(google.jobs.billed(), expected.length * tenMebibytes);

    const source = sourcesOf(stack.config)(site);
    for (const day of expected) {
      const look = await source.look(day);
      assert.ok(look.state === 'present');
      const keys: string[] = [];
      for await (const batch of source.read(day, { sourceVersion: look.sourceVersion, from: 0, batchRows: 10_000 })) keys.push(...batch.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : [])));
      const manifest = await stack.stores.activityStore.readManifest({ property: site, day, generation: 1 });
      assert.deepEqual([manifest?.rows, manifest?.checksum], [keys.length, addToChecksum(emptyChecksum, keys)], day);
    }
    assert.equal(google.jobs.billed(), expected.length * tenMebibytes, 'reading again takes over the jobs that are there');
  });

  test('a plan afterwards has the gaps alone; one of all days names what has changed since', async (t) => {
    const changed = '2025-07-01';
    google.tables.put(tableOf('daily', changed), google.tables.at(tableOf('daily', changed), Date.now())!.rows!.slice(1, Infinity), Date.now() - 1000); // it is there
    const [missing, all] = [await plan(), await plan('--which', 'all', '--newest-first')];
    t.diagnostic(`${missing.expected.days.recordsPerSecond?.toFixed(0)} rows/s a day`);
    assert.deepEqual(missing.days.map(({ day, why, source }) => [day, why, source]), gaps.map((day) => [day, 'missing', 'nothing']));
    assert.deepEqual(all.days.map(({ day }) => day), days.toReversed());
    assert.deepEqual(all.days.filter(({ why }) => why !== 'unchanged').map(({ day, why }) => [day, why]), [...gaps.map((day) => [day, 'missing']), [changed, 'changed']].sort().reverse());
    assert.deepEqual([all.total.toRead, all.total.bytesBilled, all.expected.days.from], [1, tenMebibytes, 'measured']);
  });
});

/** No day without anybody: an empty one would be an outcome of its own. */
function rowsOf(ga4: ReturnType<typeof ga4Property>, day: Day) {
  const rows = ga4.rowsOf(day);
  assert.ok(rows.some(({ user_pseudo_id: person }) => person !== null), `somebody comes on ${day}`);
  return rows;
}
