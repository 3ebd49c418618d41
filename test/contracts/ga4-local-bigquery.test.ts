import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { OAuth2Client } from 'google-auth-library';
import { bigquery, type bigquery_v2 } from 'googleapis/build/src/apis/bigquery/index.js';
import { Failure } from '../../src/domain/failure.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findPython } from '../../src/parts/find-program.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { launch, waitUntilReady, type Launched } from '../../src/parts/launch.ts';
import { localBigqueryProcess } from '../../src/parts/local-bigquery.ts';
import { obtainLocalBigquery } from '../../src/parts/obtain-local-bigquery.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { localBigquery, platform } from '../../src/parts/versions.ts';
import { ga4Fields, type Ga4Row } from '../google/ga4-schema.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, versionOf, type GoogleWorld } from '../google/world.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';

const python = platform === 'linux-x64' ? await findPython(localBigquery.python) : undefined;
const rows = property.rowsOf(day);
const [projectId, datasetId, tableId] = ['almanac-tests', 'analytics_123456789', 'events_20260101'];

suite('Google Analytics export, over a BigQuery that is not ours', () => {
  let world: GoogleWorld;
  let folder: string;
  let launched: Launched;
  let api: bigquery_v2.Bigquery;
  let theirs: ActivitySource;
  const mapped = { params: ['page_location'], columns: ['device.category', 'items', 'is_active_user'] };

  before(async () => {
    assert.ok(python !== undefined, `local-bigquery is pinned for Python ${localBigquery.python} on linux-x64, which is not here: install that Python`);
    folder = await mkdtemp(join(tmpdir(), 'almanac-bigquery-'));
    const [port, grpcPort] = (await freePorts({ count: 2 })) as [number, number];
    const installed = await obtainLocalBigquery({ cache: cacheFolder(), python, report: createReportPrinter(process.stderr) });
    const spec = localBigqueryProcess({ folder, installed, python, port, grpcPort });
    const logFile = join(folder, 'local-bigquery.log');
    launched = await launch({ spec, logFile });
    await waitUntilReady({ spec, launched, logFile });
    const rootUrl = `http://127.0.0.1:${port}/`;
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: 'none' });
    api = bigquery({ version: 'v2', auth, rootUrl, retry: false });
    await api.datasets.insert({ projectId, requestBody: { datasetReference: { projectId, datasetId } } });
    await put(rows);
    world = await googleWorld();
    world.google.tables.put(tableId, rows, dayEndMs + hourMs);
    theirs = world.sourceWith({ rootUrl, now: Date.now, ...mapped });
  });
  after(async () => {
    await launched?.stop();
    await world?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  /** Writes the table anew: what was streamed cannot be taken back. */
  async function put(of: readonly Ga4Row[]): Promise<void> {
    await api.tables.delete({ projectId, datasetId, tableId }).catch(() => undefined);
    await api.tables.insert({ projectId, datasetId, requestBody: { tableReference: { projectId, datasetId, tableId }, schema: { fields: ga4Fields as bigquery_v2.Schema$TableFieldSchema[] } } });
    const asJson = (row: Ga4Row): Record<string, unknown> => JSON.parse(JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))) as Record<string, unknown>;
    const { data } = await api.tabledata.insertAll({ projectId, datasetId, tableId, requestBody: { rows: of.map((row) => ({ json: asJson(row) })) } });
    assert.equal(data.insertErrors, undefined);
  }

  test('it gives the rows that the stand-in gives: same order, same keys, same bytes', async () => {
    const [read, expected]: [SourceRow[], SourceRow[]] = [[], []];
    await readInto(read, theirs, await versionOf(theirs), 37);
    const ours = world.sourceWith(mapped);
    await readInto(expected, ours, await versionOf(ours), 1000);
    assert.equal(read.length, rows.length);
    assert.deepEqual(read, expected);
  });

  test('from any row on, by a job that is taken over', async () => {
    const version = await versionOf(theirs);
    const whole: SourceRow[] = [];
    await readInto(whole, theirs, version, 1000);
    for (const from of [1, 100, rows.length]) {
      const rest = whole.slice(0, from);
      await readInto(rest, theirs, version, 50);
      assert.deepEqual(rest, whole);
    }
    const { data } = await api.jobs.list({ projectId });
    assert.equal(data.jobs?.filter(({ jobReference }) => jobReference?.jobId?.startsWith('almanac_')).length, 1);
  });

  test('check finds dataset, day, people and price; a day without tables is missing', async () => {
    const findings = await theirs.check([day]);
    assert.deepEqual(findings.map(({ level }) => level), ['ok', 'ok', 'ok', 'ok'], findings.map(({ sentence }) => sentence).join('\n'));
    assert.equal((await theirs.look('2026-01-02')).state, 'missing');
  });

  test('a table that is written anew is another version, and the old one cannot be read', async () => {
    const version = await versionOf(theirs);
    await put(rows.slice(5));
    assert.notEqual(await versionOf(theirs), version);
    await assert.rejects(() => readInto([], theirs, version, 50), (error) => error instanceof Failure && error.code === 'day-changed-while-read');
    const read: SourceRow[] = [];
    await readInto(read, theirs, await versionOf(theirs), 50);
    assert.equal(read.length, rows.length - 5);
  });
});
