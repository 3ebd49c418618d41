import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { projectWith } from '../changed-project.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { modelServerProcess, workerProcess } from '../../src/main/stack.ts';

/**
 * An upgrade on one machine while a revision waits for a model server that is down: a new version of the sequences, and no worker of the old
 * one any more. Nothing may be stuck.
 */
const root = resolve(import.meta.dirname, '../..');
const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
let stack: TestStack;
let property: string;

before(async () => {
  writeSmallShop(folder);
  stack = await startTestStack({ parts: 'own', properties: { small: smallShopProperty(folder) } });
  property = stack.named('small');
  const handle = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
  await handle.result();
});
after(() => stack.stop());

test('a revision whose history replays is moved to the current version and finishes there', async () => {
  await waitsForTheModelServer('2026-W11');
  const before = await run('2026-W11');
  await upgrade('replays', (source) => `${source}\n// a change that no history can see\n`);
  await finishes('2026-W11');
  const after = await run('2026-W11');
  assert.equal(after.runId, before.runId, 'the same run goes on');
  assert.notEqual(after.version, before.version);
  assert.deepEqual((await steps('2026-W11', 1)).filter((step) => step === 'trainModels'), ['trainModels']);
  assert.match(logOf('worker-replays'), said('moved to the current worker version', before.version, after.version));
});

test('a revision whose history does not replay goes on from its last finished stage', async () => {
  await waitsForTheModelServer('2026-W12');
  const before = await run('2026-W12');
  await upgrade('differs', (source) => source.replace('const days = await stage(', "await quick('new in this version').lookAtDays({ property: input.property, week: input.week });\n  const days = await stage("));
  const again = await eventually(async () => {
    const { status } = await stack.client.workflow.getHandle(`week/${property}/2026-W12/r1`).describe();
    return status.name === 'RUNNING' && (await steps('2026-W12', 1)).includes('acceptModel') && status;
  }, 60_000, 'the revision runs again');
  assert.ok(again);
  const after = await run('2026-W12');
  assert.notEqual(after.runId, before.runId, 'a run of its own');
  assert.notEqual(after.version, before.version);
  const sentence = 'revision 1 lost its worker version and goes on from its last finished stage';
  assert.equal((await stack.almanac.weeks.status(property, '2026-W12'))?.sentence, sentence);
  const { currentDetails } = (await stack.client.workflow.getHandle(`week/${property}/2026-W12`).query('__temporal_workflow_metadata')) as { currentDetails: string };
  assert.ok(currentDetails.startsWith(`${sentence}\n`), currentDetails);
  assert.match(logOf('worker-differs'), said('its worker version is gone and its history does not replay', before.version, after.version));
  assert.deepEqual((await steps('2026-W12', 1)).filter((step) => step === 'trainModels' || step === 'extractShards'), ['trainModels'], 'stages with a manifest are not worked again');
  await finishes('2026-W12');
});

async function waitsForTheModelServer(week: string): Promise<void> {
  for (const running of stack.supervisor.running()) if (running.name === 'model-server') await running.stop();
  await stack.almanac.weeks.run(property, week);
  await eventually(async () => (await stack.almanac.weeks.status(property, week))?.stages.some(({ stage, state }) => stage === 'score' && state === 'running'), 120_000, `${week} waits for the model server`);
}

async function finishes(week: string): Promise<void> {
  await stack.supervisor.start(modelServerProcess({ config: stack.config, env: { ...stack.env, ALMANAC_CONFIG: stack.configFile }, root }));
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, week);
    return now !== null && ['serving', 'failed'].includes(now.phase) && now;
  }, 120_000, `${week} is decided`);
  assert.equal(status.phase, 'serving', status.sentence);
}

/** Stops the worker and starts one from a copy of the project in which the story of a revision was changed. */
async function upgrade(name: string, change: (source: string) => string): Promise<void> {
  const copy = projectWith('workflows/revision.ts', change);
  for (const running of stack.supervisor.running()) if (running.name.startsWith('worker')) await running.stop();
  await stack.supervisor.start({ ...workerProcess({ config: stack.config, env: { ...stack.env, ALMANAC_CONFIG: stack.configFile }, root: copy }), name: `worker-${name}` });
}

async function steps(week: string, revision: number): Promise<string[]> {
  const { events } = await stack.client.workflow.getHandle(`week/${property}/${week}/r${revision}`).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes }) => activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}

/** The newest run of a week's first revision, and the worker version that it is pinned to. */
async function run(week: string): Promise<{ runId: string; version: string }> {
  const { runId, raw } = await stack.client.workflow.getHandle(`week/${property}/${week}/r1`).describe();
  const { versioningInfo } = raw.workflowExecutionInfo!; // of every run
  const version = versioningInfo?.versioningOverride?.pinned?.version?.buildId ?? versioningInfo?.deploymentVersion?.buildId;
  assert.ok(version, 'it is pinned');
  return { runId, version };
}

function logOf(program: string): string {
  return readFileSync(join(stack.home, 'logs', `${program}.log`), 'utf8');
}

const said = (message: string, from: string, to: string): RegExp => new RegExp(`"from":"${from}","to":"${to}","msg":"${message}`);
