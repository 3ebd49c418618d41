import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { revisionId } from '../../src/domain/release/ids.ts';
import { bringIn, buildWeek, LITTLE_SHOP, littleShopProperties, writeLittleShop } from '../faults/little-shop.ts';
import { startWorker } from '../faults/more-workers.ts';
import { differencesOf, dumpOf, hashesOf, type Dump } from '../faults/tables.ts';
import { s3World } from '../s3/world.ts';
import { startTestStack, type TestStack } from '../stack.ts';

/** Same input, equal tables: the same two weeks are built from nothing, each time in a keyspace, home and Temporal server of their own. */
const folder = mkdtempSync(join(tmpdir(), 'almanac-little-'));
let first: Dump;

before(() => writeLittleShop(folder));
after(() => rmSync(folder, { recursive: true }));

test('two weeks built from nothing leave rows in every table and artifacts', async () => {
  ({ dump: first } = await buildTwoWeeks());
  const tables = [...first.tables].filter(([, rows]) => rows.size > 0).map(([table]) => table).sort();
  assert.deepEqual(tables, ['audit', 'day_manifests', 'models', 'people_kinds', 'properties', 'raw_activity_stream_data', 'recent_users_2026_04', 'recent_users_2026_05', 'releases', 'stage_manifests', 'veteran_users']);
  assert(first.artifacts.size > 0);
});

test('built again, every table and artifact is equal', async () => {
  assertEqual((await buildTwoWeeks()).dump);
});

test('with chunks of another size, every table and artifact is equal', async () => {
  const { dump, mostRows } = await buildTwoWeeks({ configuration: { worker: { chunkRows: 100 } } });
  assert(mostRows > 100, `the longest day has ${mostRows} rows, which one chunk of 100 holds`);
  assertEqual(dump);
});

test('with three worker processes, every table and artifact is equal', async () => {
  const { dump, workers } = await buildTwoWeeks({ moreWorkers: 2 });
  assert.equal(workers.size, 3, 'all three processes worked');
  assertEqual(dump);
});

test('with artifacts on S3, every table and artifact is equal, and no folder holds any', async () => {
  const s3 = await s3World();
  try {
    const bucket = s3.newBucket();
    const artifacts = { kind: 's3', bucket, endpoint: s3.endpoint, credentials: s3.credentials };
    const { dump, hasFolder } = await buildTwoWeeks({ configuration: { artifacts }, artifacts: join(s3.folder, 'buckets', bucket) });
    assertEqual(dump);
    assert.equal(hasFolder, false);
  } finally {
    await s3.dispose();
  }
});

test('a dump that differs names table, key and column', () => {
  const [table, rows] = [...first.tables].find(([name]) => name === 'day_manifests')!; // asserted above
  const [key, row] = [...rows][3]!; // 28 days have rows
  const changed = new Map([...rows, [key, { ...row, checksum: '"other"' }]]);
  const [said, ...more] = differencesOf(first, { ...first, tables: new Map([...first.tables, [table, changed]]) });
  assert.deepEqual(more, []);
  assert.match(said ?? '', /^day_manifests \(day="2026-01-\d\d", generation=\d, property="little"\) checksum: .+ ≠ "other"$/);
});

function assertEqual(dump: Dump): void {
  assert.deepEqual(differencesOf(first, dump), []);
  assert.deepEqual(hashesOf(dump), hashesOf(first));
}

/** `artifacts`: where they are, unless in the folder of the home. */
async function buildTwoWeeks({ configuration = {}, moreWorkers = 0, artifacts }: { configuration?: Record<string, unknown>; moreWorkers?: number; artifacts?: string } = {}): Promise<{ dump: Dump; workers: Set<string>; mostRows: number; hasFolder: boolean }> {
  const stack = await startTestStack({ parts: 'own-temporal', properties: littleShopProperties(folder), configuration });
  try {
    for (let extra = 2; extra < 2 + moreWorkers; extra += 1) await startWorker(stack, `worker-${extra}`);
    await bringIn(stack.almanac, LITTLE_SHOP.firstDay, LITTLE_SHOP.lastDay);
    for (const week of LITTLE_SHOP.weeks) await buildWeek(stack.almanac, week);
    const days = await stack.stores.activityStore.readDays(LITTLE_SHOP.property, LITTLE_SHOP.firstDay, LITTLE_SHOP.lastDay);
    return {
      dump: await dumpOf({ cassandra: stack.stores.cassandra, artifacts: artifacts ?? join(stack.home, 'artifacts') }),
      hasFolder: existsSync(join(stack.home, 'artifacts')),
      workers: await whoWorked(stack),
      mostRows: Math.max(...days.map(({ rows }) => rows)),
    };
  } finally {
    await stack.stop();
  }
}

/** Identities (pid@host) of the processes that ran a step of the days or of the weeks. */
async function whoWorked({ client }: TestStack): Promise<Set<string>> {
  const ids = LITTLE_SHOP.weeks.map((week) => revisionId(LITTLE_SHOP.property, week, 1));
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'ingest'" })) ids.push(workflowId);
  const identities = new Set<string>();
  for (const id of ids) {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    for (const { activityTaskStartedEventAttributes: started } of events ?? []) if (started?.identity) identities.add(started.identity);
  }
  return identities;
}
