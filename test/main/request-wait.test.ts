import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { stringify } from 'yaml';
import { readConfig, type Config } from '../../src/config.ts';
import { reportsBudget } from '../../src/connectors/ga4/data-api.ts';
import { connectStores, type Stores } from '../../src/main/connect.ts';
import { serveWorkerMetrics } from '../../src/main/worker-metrics.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { startDataApiServer, type DataApiServer } from '../google/data-api-server.ts';
import { startGoogleServer, type GoogleServer } from '../google/google-server.ts';
import { testFolder, uniqueName } from '../world.ts';

const root = resolve(import.meta.dirname, '../..');
const hourMs = 3_600_000;

/** Two properties with an export and one of reports: what Google holds back is said where people look. */
suite('a property whose reports are not asked for now', () => {
  let [google, api]: [GoogleServer | undefined, DataApiServer | undefined] = [undefined, undefined];
  let stores: Stores | undefined;
  let config: Config;
  let environment: Record<string, string | undefined>;
  let folder: Awaited<ReturnType<typeof testFolder>>;
  const untilMs = Date.now() + 2 * hourMs;
  const until = new Date(untilMs).toISOString();
  const sentence = (propertyId: string): string => `Google's reports of properties/${propertyId} are not asked for until ${until}: server errors of this hour: ten lock a property`;

  before(async () => {
    folder = await testFolder();
    google = await startGoogleServer({ now: Date.now });
    api = await startDataApiServer({ now: Date.now, timeZone: 'UTC', propertyId: '2' });
    const { rootUrl, project, dataset } = google;
    const credentials = { kind: 'none' };
    const common = { timeZone: 'UTC', calendar: { firstDay: '2026-01-01' }, schedules: { paused: true } };
    const exported = (propertyId: string) => ({ ...common, source: { kind: 'ga4-export', project, dataset, rootUrl, credentials, dataApi: { propertyId, rootUrl: api?.rootUrl } } });
    const reported = { ...common, source: { kind: 'ga4-data-api', propertyId: '2', person: 'client_id', rootUrl: api.rootUrl, credentials } };
    const file = join(folder.folder, 'almanac.yaml');
    const [metricsPort] = await freePorts({ count: 1 });
    await writeFile(file, stringify({ properties: { locked: exported('1'), free: exported('3'), reported } }));
    environment = {
      PATH: process.env.PATH, HOME: process.env.HOME, ALMANAC_CONFIG: file, ALMANAC_HOME: folder.folder, ALMANAC_KEYSPACE: `test_${uniqueName()}`, ALMANAC_METRICS_PORT: String(metricsPort),
      ALMANAC_CASSANDRA: process.env.ALMANAC_TEST_CASSANDRA, TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    config = readConfig(environment, file);
    stores = await connectStores(config);
    for (const propertyId of ['1', '2']) {
      const nowMs = Date.now();
      await stores.requestBudget.take(reportsBudget(propertyId), { lease: 'x', nowMs, concurrentRequests: 1 });
      await stores.requestBudget.settle(reportsBudget(propertyId), { lease: 'x', askedAtMs: nowMs, nowMs, refusal: { quota: 'server-errors', untilMs } });
    }
  });
  after(async () => {
    await stores?.cassandra.execute(`DROP KEYSPACE IF EXISTS ${environment.ALMANAC_KEYSPACE}`, [], { prepare: false, readTimeout: 60_000 });
    await Promise.all([stores?.dispose(), google?.dispose(), api?.dispose(), folder?.dispose()]);
  });

  async function almanac(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main/cli.ts'), ...args], { cwd: folder.folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return out;
  }

  test('status has one line for each that waits, with what for and until when', async () => {
    const out = await almanac('status');
    assert.deepEqual(out.split('\n').filter((line) => line.includes('not asked for')).map((line) => line.trim()), [sentence('1'), sentence('2')]);
    const { properties } = JSON.parse(await almanac('status', '--json')) as { properties: { property: string; requests: { because: string; untilMs: number } | null }[] };
    assert.deepEqual(properties.map(({ property, requests }) => [property, requests?.because, requests?.untilMs]), [['locked', 'server-errors', untilMs], ['free', undefined, undefined], ['reported', 'server-errors', untilMs]]);
  });

  test('source check says it once, as nothing that anybody must mend, and does not ask Google where it is held back', async () => {
    const check = async (property: string): Promise<string[]> => (await almanac('source', 'check', property)).split('\n').map((line) => line.trim());
    for (const property of ['locked', 'reported']) {
      const said = (await check(property)).filter((line) => line.includes(until));
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /^! the request for .*report of day .* is held back before Google refuses it: server errors of this hour: ten lock a property; it is asked at /);
    }
    assert.deepEqual(api?.log, []);
    const free = await check('free');
    assert.ok(!free.some((line) => line.includes(until)));
    assert.match(free.find((line) => line.includes('properties/3')) ?? '', /^✗ days cannot be compared with Google's reports: Google refused .*Check propertyId of the source$/);
  });

  test('its figures so far are listed all the same, of the days that are asked for', async () => {
    const figures = { people: 12, sessions: 15, events: 90 };
    const day = (of: string) => ({ property: 'locked', day: of, generation: 1, verdict: 'agrees' as const, comparisons: [], reported: figures, marks: [], sentence: `day ${of} agrees` });
    for (const each of ['2026-01-01', '2026-01-02']) await stores?.reconciliations.write(day(each));
    const listed = async (...range: string[]) => (JSON.parse(await almanac('source', 'figures', 'locked', '--json', ...range)) as { days: { day: string; reported: object }[] }).days.map(({ day: of, reported }) => [of, reported]);
    assert.deepEqual(await listed('--from', '2026-01-02', '--to', '2026-01-03'), [['2026-01-02', figures]]);
    assert.deepEqual(await listed('--to', '2026-01-28'), [['2026-01-01', figures], ['2026-01-02', figures]], 'else four weeks');
    assert.deepEqual(await listed('--to', '2026-01-29'), [['2026-01-02', figures]]);
    assert.match(await almanac('source', 'figures', 'locked', '--to', '2026-01-28'), /^day +people +reported .*\n2026-01-01 +12 +15 +90  agrees\n/);
  });

  test('a metric counts the seconds, by property and quota', async () => {
    assert.ok(stores);
    const served = await serveWorkerMetrics({ config, stores, readHealth: async () => null, isReady: () => true, sdkMetrics: async () => '' });
    try {
      const scraped = await (await fetch(`http://127.0.0.1:${config.worker.metricsPort}/metrics`)).text();
      const waits = [...scraped.matchAll(/^almanac_request_wait_seconds\{property="(\w+)",quota="server-errors"\} ([\d.]+)$/gm)];
      assert.deepEqual(waits.map(([, property]) => property), ['locked', 'reported']);
      const left = (untilMs - Date.now()) / 1000;
      for (const [, , seconds] of waits) assert.ok(Math.abs(Number(seconds) - left) < 60, `${seconds} seconds, ${left} are left`);
    } finally {
      await served.stop();
    }
  });
});
