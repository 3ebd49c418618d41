import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { WeekStatus } from '../../src/domain/release/week-status.ts';

/** Weeks come and go: one is served, predictions are judged two weeks after they were made, and what nobody reads goes. */
suite('weeks that grow old, on real parts', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'almanac-shop-')), 'days');
  let stack: TestStack;
  let property: string;

  before(async () => {
    writeSmallShop(folder);
    stack = await startTestStack({ properties: { old: smallShopProperty(folder, { keepServing: 1 }) } });
    property = stack.named('old');
    await (await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false })).result();
    for (const week of ['2026-W09', '2026-W10']) await decided(week);
  });
  after(() => stack.stop());

  const service = (week: string) => stack.stores.releaseStore.readService(property, week);
  const verdict = (week: string) => stack.stores.releaseStore.readVerdict({ property, week, revision: 1 });
  const rows = async (table: string): Promise<number> => (await stack.stores.cassandra.execute(`SELECT user FROM ${table} WHERE property = ? ALLOW FILTERING`, [property])).rowLength;

  async function decided(week: string, revision = 1): Promise<WeekStatus> {
    if (revision === 1) await stack.almanac.weeks.run(property, week);
    return eventually(async () => {
      const status = await stack.almanac.weeks.status(property, week);
      if (status?.phase === 'failed') assert.fail(status.sentence);
      return status?.phase === 'serving' && status.live?.revision === revision && status;
    }, 180_000, `revision ${revision} of ${week}`);
  }

  test('a week that is no longer served answers 410 and keeps its rows, also when its own workflow ends', async () => {
    assert.deepEqual(await service('2026-W09').then((of) => of && { state: of.state, isCleared: of.state === 'retired' && of.isCleared }), { state: 'retired', isCleared: false });
    await eventually(async () => (await stack.client.workflow.getHandle(`week/${property}/2026-W09`).describe()).status.name === 'COMPLETED', 30_000, 'the end of the workflow of 2026-W09');
    assert.ok((await rows('recent_users_2026_09')) > 0);
    assert.equal(await verdict('2026-W09'), null, 'its two weeks have not passed');
  });

  test('it is judged when its two weeks have passed, and then rows, table and key go', async () => {
    await decided('2026-W11');
    assert.ok((await verdict('2026-W09')) !== null);
    assert.equal(await verdict('2026-W10'), null);
    const tables = await stack.stores.peopleStore.listWeekTables();
    assert.deepEqual(['2026-W09', '2026-W10', '2026-W11'].map((week) => tables.includes(week)), [false, true, true]);
    assert.equal(await stack.stores.keyVault.read(`${property}/2026-W09`), null);
  });

  test('a version of a day stays while a served week reads it, and goes with the last of them', async () => {
    const day = '2026-03-02';
    const versions = () => Promise.all([1, 2].map(async (generation) => (await stack.stores.activityStore.readManifest({ property, day, generation })) !== null));
    const file = join(folder, `${day}.csv.gz`);
    writeFileSync(file, gzipSync(`${gunzipSync(readFileSync(file)).toString().trimEnd()}\np1,${day} 12:00:00,5.00,late\n`));
    await stack.client.workflow.execute('ingest', { workflowId: `ingest/${property}/${day}`, taskQueue: stack.config.temporal.taskQueue, args: [{ property, day }] });
    assert.deepEqual(await versions(), [true, true], '2026-W11 is served and reads the first');
    await decided('2026-W12');
    assert.deepEqual(await versions(), [false, true]);
  });

  test('a retired and cleared week that somebody wants again is built whole, from whatever stage it is asked', async () => {
    assert.equal((await service('2026-W09'))?.state, 'retired');
    const { revision } = await stack.almanac.weeks.rerun(property, '2026-W09', { from: 'publish', requestId: 'again' });
    const status = await decided('2026-W09', revision).catch(async (error: unknown) => assert.fail(`${String(error)}: ${JSON.stringify(await stack.almanac.weeks.status(property, '2026-W09'))}`));
    assert.ok(status.live!.scored > 0, 'nobody is served an empty week');
    assert.equal(await rows('recent_users_2026_09'), status.live!.scored);
    assert.equal((await service('2026-W09'))?.state, 'live', 'it stays until the next week is published');
  });

  test('running a retired week without asking for a stage leaves it retired', async () => {
    await stack.almanac.weeks.run(property, '2026-W10');
    await eventually(async () => (await stack.client.workflow.getHandle(`week/${property}/2026-W10`).describe()).status.name === 'COMPLETED', 30_000, 'the end of the workflow of 2026-W10');
    assert.equal((await service('2026-W10'))?.state, 'retired');
  });
});
