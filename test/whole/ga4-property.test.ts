import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { waiveDay } from '../../activities/ingest/waive-day.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { addDays, daysFromTo, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { rocAuc } from '../../src/domain/model/roc.ts';
import { needsPerson } from '../../src/domain/release/week-status.ts';
import { schedulesOf, type ScheduleLine } from '../../src/schedules.ts';
import { ga4Property } from '../google/ga4-property.ts';
import { kindsOf, knownPeople, type KnownPerson } from '../google/ga4-truth.ts';
import { startGoogleServer, type GoogleServer } from '../google/google-server.ts';
import { movedClock } from '../google/moved-clock.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { WorkflowHandle } from '@temporalio/client';
import type { TickInput, TickOutcome } from '../../workflows/tick.ts';

const timeZone = 'Europe/Berlin';
const [firstDay, lastDay, week, cutDay] = ['2026-01-05', '2026-03-15', '2026-W11', '2026-03-16'];
const churn = { horizonDays: 14, minimumHistoryDays: 7, minimumEvents: 2 };
const shards = 4;
const site = ga4Property({ seed: 11, timeZone, firstDay, days: 70, visitors: 700 });
const hourMs = 3_600_000;
const endMs = (day: Day): number => startOfDay(addDays(day, 1), timeZone) / 1000;
const tableOf = (kind: string, day: Day): string => `events_${kind}${day.replaceAll('-', '')}`;

/** A Google Analytics property with `finality: provisional` and the usual times, from its export to an address that answers; on real parts, Google standing in. */
suite('a Google Analytics property from export to published week', () => {
  const [friday, sunday] = ['2026-03-13', lastDay];
  const folder = mkdtempSync(join(tmpdir(), 'almanac-google-'));
  const clockFile = join(folder, 'clock');
  let nowMs = 0;
  let google: GoogleServer;
  let stack: TestStack;
  let property: string;
  let monday: WorkflowHandle;

  before(async () => {
    setClock('2026-03-16T03:00:00Z');
    google = await startGoogleServer({ now: () => nowMs });
    for (const day of daysFromTo(firstDay, addDays(lastDay, -1))) google.tables.put(tableOf('', day), asOfMonday(day), endMs(day) + hourMs);
    google.tables.put(tableOf('', friday), site.rowsOf(friday), endMs(friday) + 70 * hourMs);
    google.tables.put(tableOf('intraday_', sunday), asOfMonday(sunday), endMs(sunday));
    google.tables.put(tableOf('', sunday), site.rowsOf(sunday), endMs(sunday) + 26 * hourMs);
    google.tables.drop(tableOf('intraday_', sunday), endMs(sunday) + 26 * hourMs);
    stack = await startTestStack({
      env: movedClock(clockFile),
      properties: { site: {
        timeZone, shards, calendar: { firstDay, lastDay }, churn, finality: 'provisional', training: { evaluationSnapshots: 4, dense: false }, schedules: { paused: true },
        source: { kind: 'ga4-export', project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials: { kind: 'none' } },
      } },
    });
    property = stack.named('site');
    await apply(schedulesOf(stack.config));
  });
  after(async () => {
    if (stack) await apply([]);
    await stack?.stop();
    await google?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What Monday finds: Friday's table lacks what came late, and of Sunday there is only what streaming brought. */
  const asOfMonday = (day: Day) => (day === friday ? site.rowsOf(day).slice(30) : day === sunday ? site.rowsOf(day).slice(0, -60) : site.rowsOf(day));
  const truth = (rowsOf = site.rowsOf): Map<string, KnownPerson> => knownPeople({ timeZone, firstDay, cutDay, ...churn, rowsOf });
  const setClock = (at: string): void => writeFileSync(clockFile, String(nowMs = Date.parse(at)));
  const apply = (lines: readonly ScheduleLine[]) => applySchedules({ client: stack.client, lines, taskQueue: stack.config.temporal.taskQueue });
  const status = async () => (await stack.almanac.weeks.status(property, week))!;

  /** One stroke of a schedule at the time that it means; how it ended. */
  const tick = async (what: TickInput['what'], at: string) => (await strike(what, at)).result() as Promise<TickOutcome>;
  async function strike(what: TickInput['what'], at: string): Promise<WorkflowHandle> {
    setClock(at);
    await stack.client.schedule.getHandle(`tick/${property}/${what}`).backfill({ start: new Date(nowMs - 1000), end: new Date(nowMs + 1000), overlap: 'BUFFER_ALL' });
    const handle = stack.client.workflow.getHandle(`tick/${property}/${what}-${at}`);
    await eventually(() => handle.describe().catch(() => null), 30_000, `the tick of ${at}`);
    return handle;
  }
  const daysFrom = async (from: Day): Promise<string[]> =>
    (await stack.stores.activityStore.readDays(property, from, lastDay)).map(({ day, state, generation }) => `${day} ${state}, generation ${generation}`);

  async function ask(path: string) {
    const key = await stack.stores.keyVault.read(`${property}/${week}`);
    const response = await fetch(`http://127.0.0.1:${stack.config.endpoint.port}/${property}/${week}/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
    return (await response.json()) as { release: string; finality: string; outcome: string; kinds: number[]; scored: number; probability: number; predictions: { user: string; probability: number }[]; next: string | null };
  }
  async function everybody(): Promise<{ user: string; probability: number }[]> {
    const people = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await ask(`predictions?limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      people.push(...page.predictions);
      cursor = page.next;
    }
    return people;
  }

  test('its past comes in: every day final, its rows those of the table', async () => {
    const { failed, done } = await (await stack.almanac.backfills.start({ property, from: firstDay, to: '2026-03-11', which: 'missing', order: 'oldest', weeks: false })).result();
    assert.deepEqual([failed, done], [[], 66]);
    const [sample] = await stack.stores.activityStore.readDays(property, '2026-02-14', '2026-02-14');
    const rows = site.rowsOf('2026-02-14');
    assert.deepEqual([sample?.state, sample?.rows, sample?.anonymous], ['final', rows.filter(({ user_pseudo_id: user }) => user !== null).length, rows.filter(({ user_pseudo_id: user }) => user === null).length]);
  });

  test('on Monday morning there is nothing of Sunday yet: its week waits, nobody is called, and the day cannot be waived', async () => {
    const { days } = await tick('ingest', '2026-03-16T03:00:00Z');
    assert.deepEqual(days.map(({ day, state }) => `${day} ${state}`), ['2026-03-12 final', `${friday} provisional`, '2026-03-14 provisional', `${sunday} not-due`]);
    monday = await strike('week', '2026-03-16T04:00:00Z');
    const waiting = await eventually(async () => {
      const now = await stack.almanac.weeks.status(property, week);
      return now !== null && now.waitingFor.length > 0 && now;
    }, 60_000, 'the week waits');
    assert.deepEqual([waiting.waitingFor, needsPerson(waiting)], [[{ day: sunday, state: 'not-due' }], false]);
    await assert.rejects(waiveDay(stack.stores)({ property, day: sunday, reason: 'we need the week' }), /is due by 2026-03-16T17:00:00Z\. It is looked at again by itself/);
    const noon = await tick('arrivals', '2026-03-16T11:00:00Z');
    assert.deepEqual(noon.days.map(({ day, state }) => `${day} ${state}`), [`${sunday} not-due`]);
  });

  test('Monday evening publishes the week from days that may still change, and everything that shows it says so', async () => {
    const { days } = await tick('arrivals', '2026-03-16T17:05:00Z');
    assert.deepEqual(days.map(({ day, state }) => `${day} ${state}`), [`${sunday} provisional`]);
    const { week: built } = (await monday.result()) as TickOutcome;
    assert.equal(built?.phase, 'serving', built?.sentence);
    assert.match(built?.sentence ?? '', /It is provisional: 3 of its days may still change/);
    assert.deepEqual([(await status()).live?.revision, (await status()).live?.isProvisional], [1, true]);
    const model = await ask('model');
    assert.deepEqual([model.release, model.finality, model.kinds], [`${week}.1`, 'provisional', kindsOf(truth(asOfMonday))]);
  });

  test('days that are rewritten and not all final leave it as it is', async () => {
    const { days } = await tick('ingest', '2026-03-17T03:00:00Z');
    assert.deepEqual(days.map(({ day, state }) => `${day} ${state}`), [`${friday} final`, '2026-03-14 provisional', `${sunday} provisional`]);
    assert.deepEqual(await daysFrom(friday), [`${friday} final, generation 2`, '2026-03-14 provisional, generation 1', `${sunday} provisional, generation 2`]);
    await eventually(async () => (await status()).waitingFor.length === 2, 30_000, 'two days left to wait for');
    assert.deepEqual([(await ask('model')).release, await stack.stores.releaseStore.listStale(property)], [`${week}.1`, []]);
  });

  test('once all days are final it is built once more, and the people of each kind are those of the truth', async () => {
    await tick('ingest', '2026-03-19T03:00:00Z');
    assert.deepEqual(await daysFrom(friday), [`${friday} final, generation 2`, '2026-03-14 final, generation 1', `${sunday} final, generation 2`]);
    const final = await eventually(async () => {
      const now = await status();
      return now.live?.revision === 2 && now;
    }, 120_000, 'revision 2 serves');
    assert.deepEqual([final.live?.isProvisional, final.phase, final.waitingFor], [undefined, 'serving', []]);
    const model = await ask('model');
    assert.deepEqual([model.release, model.finality, model.kinds], [`${week}.2`, 'final', kindsOf(truth())]);
    assert.notDeepEqual(model.kinds, kindsOf(truth(asOfMonday)), 'what came late made a difference');
  });

  test('the model is accepted as the future says: it knows better who leaves than days since the last event do', async () => {
    const people = truth();
    const stayed = new Set(daysFromTo(cutDay, addDays(cutDay, churn.horizonDays - 1)).flatMap((day) => site.rowsOf(day).map(({ user_pseudo_id: user }) => user)));
    const scored = await everybody();
    assert.deepEqual(scored.map(({ user }) => user).toSorted(), [...people].filter(([, { kind }]) => kind === 3).map(([user]) => user).toSorted());
    const labels = scored.map(({ user }) => (stayed.has(user) ? 0 : 1));
    const [auc, baseline] = [rocAuc(scored.map(({ probability }) => probability), labels), rocAuc(scored.map(({ user }) => -people.get(user)!.lastUs), labels)];
    assert.equal((await ask('model')).outcome, 'accepted', `AUC ${auc.toFixed(3)} against ${baseline.toFixed(3)}: ${(await status()).sentence}`);
    assert.ok(auc > baseline, `AUC ${auc.toFixed(3)} against ${baseline.toFixed(3)}`);
  });

  test('a known person is answered with what is in the table', async () => {
    const [user = ''] = [...truth()].find(([, { kind }]) => kind === 3) ?? [];
    const row = await stack.stores.peopleStore.readScore({ property, week, revision: 2, shard: shardOf(user, shards) }, user);
    assert.ok(row, `${user} is scored`);
    assert.equal((await ask(`predictions/${user}`)).probability, row.prediction);
  });

  test('another morning, and asking for the week again, change nothing', async () => {
    assert.deepEqual((await tick('ingest', '2026-03-20T03:00:00Z')).days, []);
    await stack.almanac.weeks.run(property, week);
    assert.deepEqual([(await status()).phase, (await status()).live?.revision], ['serving', 2]);
    assert.deepEqual((await stack.stores.releaseStore.readReleases(property, week)).map(({ revision, state, finality }) => `${revision} ${state} ${finality}`), ['1 superseded provisional', '2 live final']);
  });
});
