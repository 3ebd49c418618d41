import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { addDays, startOfDay } from '../../src/domain/calendar/day.ts';
import { FEATURES } from '../../src/domain/churn/features.ts';
import { libtensorflow } from '../../src/parts/versions.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { ModelCard } from '../../src/domain/model/model-card.ts';

/** A whole week on real parts: from files to an address that answers, twice, and again by a message. */
const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
let stack: TestStack;
let property: string;

before(async () => {
  writeSmallShop(folder);
  stack = await startTestStack({ properties: { small: smallShopProperty(folder) } });
  property = stack.named('small');
});
after(() => stack.stop());

test('a backfill brings every day in, once', async () => {
  const handle = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
  const progress = await handle.result();
  assert.equal(progress.done, 84);
  assert.deepEqual(progress.failed, []);
});

test('a week is built, published and answers with its own key only', async () => {
  const status = await decided('2026-W11');
  assert.equal(status.phase, 'serving', status.sentence);
  assert.deepEqual(status.stages.map(({ stage, state }) => `${stage} ${state}`), ['days done', 'extract done', 'train done', 'accept done', 'score done', 'publish done']);
  const page = await ask('2026-W11', '2026-W11', 'predictions?limit=5');
  assert.equal(page.status, 200);
  assert.equal(page.body.predictions.length, 5);
});

test('the card of its model says what it was made from and with what', async () => {
  const release = await stack.stores.releaseStore.readRelease({ property, week: '2026-W11', revision: 1 });
  const model = (await stack.stores.releaseStore.readModel(property, release!.modelId))!; // released with it
  const card = JSON.parse(Buffer.from(await stack.stores.artifacts.get(model.card)).toString('utf8')) as ModelCard;
  assert.deepEqual(card.dataCut, { week: '2026-W11', asOf: '2026-03-15T23:00:00Z' });
  assert.deepEqual([card.property, card.horizonDays, card.recipe.name, card.weightHash], [property, 14, release!.recipe, model.weightHash]);
  assert.deepEqual(card.features, FEATURES.map(({ name }) => name));
  assert.equal(card.parameters, card.recipe.features.length + 1, 'a weight for each feature it uses, and the intercept');
  assert.equal(card.libtensorflow, libtensorflow.version);
});

test('the log of its training is kept, and nothing else of the job', () => {
  const logs = join(stack.home, 'logs', 'jobs');
  const [log = '', ...more] = readdirSync(logs);
  assert.match(log, new RegExp(`^${property}-2026-W11-r1-[0-9a-f]{12}\\.log$`));
  assert.deepEqual(more, []);
  assert.match(readFileSync(join(logs, log), 'utf8'), /dataset: \d+ rows/);
  assert.deepEqual(readdirSync(join(stack.home, 'jobs')), ['running']);
});

test('the next week appears beside it, and a key opens one week', async () => {
  const status = await decided('2026-W12');
  assert.equal(status.phase, 'serving', status.sentence);
  assert.equal((await ask('2026-W11', '2026-W11', 'model')).status, 200);
  assert.equal((await ask('2026-W12', '2026-W12', 'model')).status, 200);
  assert.equal((await ask('2026-W11', '2026-W12', 'model')).status, 401);
});

test('a re-run by update builds a revision beside the live one and switches', async () => {
  const { revision } = await stack.almanac.weeks.rerun(property, '2026-W12', { from: 'train', requestId: 'once' });
  assert.equal(revision, 2);
  assert.deepEqual(await stack.almanac.weeks.rerun(property, '2026-W12', { from: 'train', requestId: 'once' }), { revision: 2 });
  const status = await eventually(async () => {
    const now = await stack.almanac.weeks.status(property, '2026-W12');
    return now?.live?.revision === 2 && now;
  }, 120_000, 'revision 2 of 2026-W12');
  assert.deepEqual({ kind: status.last?.changed?.kind, decile: status.last?.changed?.decile }, { kind: 0, decile: 0 });
});

test('a retired week answers 410 and its workflow ends', async () => {
  assert.deepEqual(await stack.almanac.weeks.retire(property, '2026-W11', { reason: 'test', by: 'test' }), { retired: true });
  assert.equal((await ask('2026-W11', '2026-W11', 'model')).status, 410);
});

test('metrics say how fresh the data and the release are, and nothing of a release that is gone', async () => {
  const lastDay = startOfDay(addDays(SMALL_SHOP.lastDay, 1), 'Europe/Berlin') / 1_000_000;
  const [day] = await stack.stores.activityStore.readDays(property, SMALL_SHOP.lastDay, SMALL_SHOP.lastDay);
  const { release } = (await stack.stores.releaseStore.listWeeks(property)).at(-1)!; // 2026-W12 serves
  const now = Date.now() / 1000;
  const served = await metrics();
  assert.deepEqual([served.get('almanac_business_metrics_up'), served.get('almanac_last_final_day_rows'), served.get('almanac_current_release_rows')], [1, day?.rows, release?.scored]);
  assert.ok(day!.rows > 0 && release!.scored > 0);
  for (const [name, since] of [['almanac_last_final_day_age_seconds', lastDay], ['almanac_current_release_age_seconds', Date.parse('2026-03-22T23:00:00Z') / 1000]] as const) {
    assert.ok(Math.abs(served.get(name)! - (now - since)) < 60, `${name} is ${served.get(name)}`);
  }
  assert.deepEqual([served.get('almanac_weeks_not_accepted'), served.get('almanac_weeks_stale')], [release?.outcome === 'accepted' ? 0 : 1, 0]);
  await stack.almanac.weeks.retire(property, '2026-W12', { reason: 'test', by: 'test' });
  const retired = await metrics();
  assert.deepEqual([retired.has('almanac_current_release_age_seconds'), retired.has('almanac_current_release_rows'), retired.get('almanac_weeks_not_accepted')], [false, false, 0]);
  assert.equal(retired.get('almanac_last_final_day_rows'), day?.rows, 'its days are still there');
});

/** The worker's own figures by name, of this property or of none. */
async function metrics(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${stack.config.worker.metricsPort}/metrics`)).text();
  return new Map([...text.matchAll(/^(almanac_\w+)(?:\{property="([^"]+)"\})? (\S+)$/gm)].filter(([, , of]) => of === undefined || of === property).map(([, name, , value]) => [name!, Number(value)]));
}

async function decided(week: string) {
  await stack.almanac.weeks.run(property, week);
  return eventually(async () => {
    const status = await stack.almanac.weeks.status(property, week);
    return status && ['serving', 'failed'].includes(status.phase) && status;
  }, 180_000, `a decision on ${week}`);
}

async function ask(week: string, keyOf: string, path: string) {
  const key = await stack.stores.keyVault.read(`${property}/${keyOf}`);
  const response = await fetch(`http://127.0.0.1:${stack.config.endpoint.port}/${property}/${week}/v1/${path}`, { headers: { authorization: `Bearer ${key}` } });
  return { status: response.status, body: (await response.json()) as { predictions: unknown[] } };
}
