import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts } from '../../src/parts/free-ports.ts';
import { DEPLOYMENT } from '../../src/main/deployment.ts';
import { modelServerProcess, workerProcess } from '../../src/main/stack.ts';
import { projectWith } from '../changed-project.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { testNamespace } from '../world.ts';

/**
 * A rolling upgrade on a cluster: twenty weeks are in flight when workers of a new version come, and those of the old one
 * go when they have nothing left. Each revision ends on the version it began with, what begins later is the new one's.
 */
const root = resolve(import.meta.dirname, '../..');
const SHOPS = ['bakery', 'florist', 'grocer', 'tailor'];
const WEEKS = ['2026-W09', '2026-W10', '2026-W11', '2026-W12', '2026-W13'];
let namespace: string;
let stack: TestStack;
let properties: string[];

before(async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
  writeSmallShop(folder, { people: 250 });
  namespace = await testNamespace();
  stack = await startTestStack({ properties: Object.fromEntries(SHOPS.map((shop) => [shop, smallShopProperty(folder, { checks: { lowVolumeShare: 0, emptyDays: 'final' } })])), configuration: { temporal: { namespace } } });
  properties = SHOPS.map((shop) => stack.named(shop));
  await Promise.all(properties.map(async (property) => {
    const days = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
    await days.result();
  }));
});
after(() => stack.stop());

test('twenty weeks in flight end on the version they began with, beside weeks of the new one', async () => {
  await processNamed('model-server').stop();
  for (const property of properties) for (const week of WEEKS) await stack.almanac.weeks.run(property, week);
  await eventually(async () => (await runs()).filter(({ status }) => status === 'RUNNING').length === 20, 300_000, 'twenty revisions are in flight');
  const [old] = versions(await runs());

  await upgrade();
  const [current] = await eventually(async () => {
    const known = await versionsOnServer();
    return known.length === 2 && known.filter((version) => version !== old);
  }, 60_000, 'the server knows both versions');
  assert.deepEqual(versions(await runs()), [old], 'nothing was moved');
  await stack.supervisor.start(modelServerProcess({ config: stack.config, env: environment(), root }));
  await Promise.all(properties.map(async (property) => {
    await serves(property, WEEKS[0]!);
    const rerun = await stack.almanac.weeks.rerun(property, WEEKS[0]!, { from: 'score', requestId: 'after-the-upgrade' });
    assert.equal(rerun.revision, 2);
    for (const week of WEEKS) await serves(property, week);
  }));

  const ended = await eventually(async () => {
    const all = await runs();
    return all.length === 24 && all.every(({ status }) => status !== 'RUNNING') && all;
  }, 60_000, 'every revision has ended');
  assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set(['COMPLETED']));
  const of = (revision: number) => ended.filter(({ id }) => id.endsWith(`/r${revision}`));
  assert.deepEqual([of(1).length, versions(of(1))], [20, [old]]);
  assert.deepEqual([of(2).length, versions(of(2))], [4, [current]]);
  const lastOfOld = Math.max(...of(1).map(({ endedMs }) => endedMs));
  assert.ok(of(2).some(({ endedMs }) => endedMs < lastOfOld), 'both versions were seen finishing, one beside the other');

  await processNamed('worker').stop();
  const next = await stack.almanac.weeks.rerun(properties[0]!, WEEKS[1]!, { from: 'publish', requestId: 'without-the-old' });
  await eventually(async () => (await stack.almanac.weeks.status(properties[0]!, WEEKS[1]!))?.live?.revision === next.revision, 60_000, 'the old workers are not missed');
});

interface Run {
  readonly id: string;
  readonly status: string;
  readonly version: string;
  readonly endedMs: number;
}

/** Every revision, with the worker version that it is pinned to. */
async function runs(): Promise<Run[]> {
  const found: Run[] = [];
  for await (const { workflowId, runId } of stack.client.workflow.list({ query: `WorkflowType = 'revision'` })) {
    const { status, closeTime, raw } = await stack.client.workflow.getHandle(workflowId, runId).describe();
    found.push({ id: workflowId, status: status.name, version: raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? '', endedMs: closeTime?.getTime() ?? 0 });
  }
  return found;
}

function versions(all: readonly Run[]): string[] {
  return [...new Set(all.map(({ version }) => version))];
}

async function versionsOnServer(): Promise<string[]> {
  const { workerDeploymentInfo } = await stack.client.workflowService.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
  return (workerDeploymentInfo?.versionSummaries ?? []).map(({ deploymentVersion }) => deploymentVersion?.buildId ?? '');
}

async function serves(property: string, week: string): Promise<void> {
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now !== null && ['serving', 'failed'].includes(now.phase) && now;
  }, 300_000, `${property} ${week} is decided`);
  assert.equal(status.phase, 'serving', status.sentence);
}

/** A worker of another version beside the one that runs. */
async function upgrade(): Promise<void> {
  const [metricsPort] = (await freePorts({ count: 1 })) as [number];
  const folder = projectWith('workflows/revision.ts', (source) => `${source}\n// another version\n`);
  const spec = workerProcess({ config: { ...stack.config, worker: { ...stack.config.worker, metricsPort } }, env: { ...environment(), ALMANAC_METRICS_PORT: String(metricsPort) }, root: folder });
  await stack.supervisor.start({ ...spec, name: 'worker-next' });
}

function processNamed(name: string) {
  const found = stack.supervisor.running().find((running) => running.name === name);
  assert.ok(found, `${name} runs`);
  return found;
}

function environment(): Record<string, string> {
  return { ...stack.env, ALMANAC_CONFIG: stack.configFile };
}
