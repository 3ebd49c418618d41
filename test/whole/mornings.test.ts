import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { createActivities, type Plugs } from '../../activities/index.ts';
import { createSequences } from '../../src/connectors/temporal-sequences.ts';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { tableOf } from '../../src/domain/activity/ga4/day-tables.ts';
import { addDays, daysFromTo, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { prebuiltBundle } from '../../src/main/bundle.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { ga4Property } from '../google/ga4-property.ts';
import { googleWorld, hourMs, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import { makeCurrent, shopSettings } from '../ingest-world.ts';
import { eventually } from '../stack.ts';
import { testCassandra, testTemporal, uniqueName, type TestTemporal } from '../world.ts';
import type { PropertyConfig } from '../../src/config.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { ActivityStore } from '../../src/ports/activity-store.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const firstDay = '2011-09-20';
const mornings = daysFromTo('2011-09-21', '2011-11-19');
/** Google answers nothing from the first of these mornings to the end of the second. */
const silent = ['2011-10-10', '2011-10-11'];
/** Nobody is there on these mornings, in whose nights the clocks change; the next one makes up for them. */
const slept = ['2011-10-29', '2011-10-30'];

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });

interface Move { readonly day: Day; readonly state: DayState; readonly generation: number; readonly atMs: number }

/** Two months of a Google Analytics property, as its tables come, change and settle, lived morning by morning. */
suite('sixty mornings of a Google Analytics property, on the real server', () => {
  const property = `site-${uniqueName()}`;
  const ga4 = ga4Property({ seed: 5, timeZone, firstDay: '2010-09-01', days: 440, visitors: 60 });
  const settings = { source: { kind: 'ga4-export', dailyTableBy: '18:00' }, ...shopSettings({ timeZone, shards: 1, calendar: { firstDay, closedWeekdays: [], closedDays: [] } }), schedules: { paused: true, ingestAt: '04:00', weekAt: '05:00', lookBackDays: 3 } } as unknown as PropertyConfig;
  const moves: Move[] = [];
  const announced: Day[] = [];
  let google: GoogleWorld;
  let store: Awaited<ReturnType<typeof testCassandra>>;
  let temporal: TestTemporal;
  let activityStore: ActivityStore;
  let stopWorkers: () => Promise<void>;

  before(async () => {
    [google, store, temporal] = await Promise.all([googleWorld(), testCassandra(activityTables), testTemporal()]);
    for (const day of daysFromTo(firstDay, mornings.at(-1)!)) exportDay(day); // sixty of them
    activityStore = createActivityStore({ cassandra: store.cassandra });
    const source = google.sourceWith();
    const watched: ActivityStore = {
      ...activityStore,
      async moveCurrent(move) {
        const [before] = await activityStore.readDays(move.property, move.day, move.day);
        const isMoved = await activityStore.moveCurrent(move);
        if (isMoved && (before?.state !== move.state || before.generation !== move.generation)) moves.push({ day: move.day, state: move.state, generation: move.generation, atMs: google.clock.nowMs });
        return isMoved;
      },
    };
    const sequences = { ...createSequences({ client: temporal.client, taskQueue: temporal.taskQueue }), announceDay: async (_property: string, day: Day) => void announced.push(day) };
    const plugs = {
      settingsOf: () => settings, sourceOf: () => source, activityStore: watched, sequences,
      limits: { chunkRows: 500, daysAtOnce: 2, shardsAtOnce: 2, maximumLiveWeeks: 26 }, releaseStore: { listWeeks: async () => [] },
    } as unknown as Plugs; // all that a day asks for
    const { codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles'), new DefaultLogger('ERROR'));
    const shared = {
      connection: temporal.connection, activities: createActivities(plugs),
      workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: temporal.taskQueue, buildId: 'test' }, defaultVersioningBehavior: 'PINNED' },
    } as const;
    const workers = await Promise.all([
      Worker.create({ ...shared, taskQueue: temporal.taskQueue, workflowBundle: { codePath } }),
      Worker.create({ ...shared, taskQueue: `${temporal.taskQueue}-joining` }),
    ]);
    const ended = Promise.all(workers.map((worker) => worker.run()));
    stopWorkers = async () => {
      for (const worker of workers) worker.shutdown();
      await ended;
    };
    await makeCurrent(temporal);
    await apply({ [property]: settings });
  });
  after(async () => {
    await apply({});
    await stopWorkers?.();
    await temporal?.dispose();
    await store?.dispose();
    await google?.dispose();
  });

  const apply = (properties: Record<string, PropertyConfig>) => applySchedules({ client: temporal.client, lines: schedulesOf({ properties }), taskQueue: temporal.taskQueue });
  const endMs = (day: Day): number => startOfDay(addDays(day, 1), timeZone) / 1000;
  const rowsOf = (day: Day) => ga4.rowsOf(day);

  /** Tables of a day over time: streamed, then written, then rewritten; of every fifth day nothing but what was streamed. */
  function exportDay(day: Day): void {
    const rows = rowsOf(day);
    const { tables } = google.google;
    const number = Number(day.slice(8));
    const writtenMs = endMs(day) + (3 + (number % 4) * 5) * hourMs;
    tables.put(tableOf('intraday', day), number % 5 === 0 ? rows : rows.slice(3), endMs(day) - hourMs);
    if (number % 5 === 0) return;
    tables.drop(tableOf('intraday', day), writtenMs);
    tables.put(tableOf('daily', day), number % 5 === 1 ? rows : rows.slice(2), writtenMs);
    if (number % 5 > 2) tables.put(tableOf('daily', day), rows.slice(1), endMs(day) + 30 * hourMs);
    if (number % 5 > 1) tables.put(tableOf('daily', day), rows, endMs(day) + 70 * hourMs);
  }

  /** 04:00 in Berlin: two hours ahead of UTC until the morning of the 30th of October, one from then on. */
  const strokeOf = (morning: Day): number => Date.parse(`${morning}T${morning < '2011-10-30' ? '02' : '03'}:00:00Z`);
  const nominalOf = (morning: Day): string => `${new Date(strokeOf(morning)).toISOString().slice(0, 19)}Z`;
  const tickOf = (morning: Day) => temporal.client.workflow.getHandle(`tick/${property}/ingest-${nominalOf(morning)}`);

  /** The clock shows the last of these mornings, and the schedule makes up for all of them. */
  async function strike(from: Day, to = from): Promise<void> {
    google.clock.nowMs = strokeOf(to);
    await temporal.client.schedule.getHandle(`tick/${property}/ingest`).backfill({ start: new Date(strokeOf(from) - 60_000), end: new Date(strokeOf(to) + 60_000), overlap: 'BUFFER_ALL' });
  }
  async function over(morning: Day): Promise<void> {
    const ended = () => tickOf(morning).describe().then(({ status }) => status.name === 'COMPLETED', () => false);
    await eventually(ended, 120_000, `the end of the stroke of ${morning}`);
  }

  /** Google is asked in vain from here on. */
  async function unheard(): Promise<void> {
    const before = google.google.log.length;
    await eventually(async () => google.google.log.slice(before).some(({ status }) => status === 503), 60_000, 'a question that Google does not answer');
  }

  test('each morning comes once, over a night of 25 hours, two days of silence and two of absence', async (t) => {
    const began = Date.now();
    for (const morning of mornings) {
      if (slept.includes(morning)) continue;
      if (morning === silent[0]) google.google.faults.next('tables.get', { kind: 'status', status: 503, reason: 'backendError' }, { times: Infinity });
      const isAwake = slept.includes(addDays(morning, -1));
      if (morning === addDays(silent.at(-1)!, 1)) google.google.faults.clear(); // there are two
      await strike(isAwake ? slept[0]! : morning, morning); // there are two
      if (silent.includes(morning)) await unheard();
      else await over(morning);
    }
    t.diagnostic(`${Math.round((Date.now() - began) / 1000)} s, ${moves.length} changes of ${mornings.length} days`);
    const query = `WorkflowType = 'tick' AND Property = '${property}'`;
    await eventually(async () => (await temporal.client.workflow.count(`${query} AND ExecutionStatus = 'Completed'`)).count >= mornings.length, 30_000, 'sixty mornings in the list');
    const ticks: string[] = [];
    for await (const { workflowId } of temporal.client.workflow.list({ query })) ticks.push(workflowId.slice(-20));
    assert.deepEqual(ticks.sort(), mornings.map(nominalOf));
  });

  test('each day is final once, never before its source has settled, and told once', async () => {
    const settled = daysFromTo(firstDay, addDays(mornings.at(-1)!, -4)); // looked at 76 hours after their end
    const finals = moves.filter(({ state }) => state === 'final');
    assert.deepEqual(finals.map(({ day }) => day).sort(), settled);
    assert.deepEqual(finals.filter(({ day, atMs }) => atMs < endMs(day) + 72 * hourMs), [], 'nothing is early');
    assert.deepEqual(announced.toSorted(), settled);
    const known = await activityStore.readDays(property, firstDay, mornings.at(-1)!);
    assert.deepEqual(known.filter(({ state }) => state === 'final').map(({ day }) => day), settled);
    assert.deepEqual(known.filter(({ state }) => state !== 'final').map(({ day, state }) => `${day} ${state}`), ['2011-11-16 provisional', '2011-11-17 provisional', '2011-11-18 not-due']);
  });

  test('what is final is what the source holds, and each version of it was read and paid for once', async () => {
    google.clock.nowMs = endMs(mornings.at(-1)!) + 400 * hourMs;
    const { jobs } = google.google;
    const paid = jobs.billed();
    const { rows } = await store.cassandra.execute('SELECT day, generation FROM day_manifests WHERE property = ?', [property], { fetchSize: 5000 });
    assert.equal(paid, rows.filter(({ generation }) => generation !== 0).length * 10 * 2 ** 20);
    const source = google.sourceWith();
    for (const { day, generation } of moves.filter(({ state }) => state === 'final')) {
      const read: SourceRow[] = [];
      await readInto(read, source, await versionOf(source, day), 1000, day);
      const keys = read.flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
      const manifest = await activityStore.readManifest({ property, day, generation });
      assert.deepEqual([read.length, manifest?.rows, manifest?.checksum], [rowsOf(day).length, keys.length, addToChecksum(emptyChecksum, keys)], day);
    }
  });
});
