import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { readConfig } from '../../src/config.ts';
import { connectStores, type Stores } from '../../src/main/connect.ts';
import { createPlugs } from '../../src/main/plugs.ts';
import { addDays, daysFromTo, type Day } from '../../src/domain/calendar/day.ts';
import { weekOf } from '../../src/domain/calendar/week.ts';
import { uniqueName } from '../world.ts';
import { goldenSteps } from './golden-steps.ts';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { PropertyConfig } from '../../src/config.ts';
import type { Plugs } from '../../activities/plugs.ts';

/**
 * The published kinds of two real shops, through Cassandra: the files as the demo's configuration reads them, the steps of
 * ingest and extract, and then only what the tables hold.
 */
const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'almanac-golden-'));
const DAYS_AT_ONCE = 4;
let stores: Stores;
let plugs: Plugs;

before(async () => {
  const { properties } = parse(readFileSync(join(root, 'almanac.yaml'), 'utf8')) as { properties: { shop: PropertyConfig } };
  const shop = { ...properties.shop, source: { ...properties.shop.source, folder: join(root, 'data/shop') } };
  const cdnow = {
    timeZone: 'UTC', shards: 4, calendar: { firstDay: '1997-01-01', lastDay: '1998-06-30' },
    source: {
      kind: 'files', folder: join(root, 'data/cdnow'), file: 'CDNOW_master.txt.gz', format: 'csv', delimiter: 'whitespace',
      columns: { user: { column: 'customer_id' }, time: { column: 'date', format: 'YYYYMMDD' }, name: { constant: 'purchase' }, value: { column: 'dollar_value' } },
    },
    churn: { horizonDays: 90, minimumHistoryDays: 28, minimumEvents: 1 },
  };
  const file = join(home, 'almanac.yaml');
  writeFileSync(file, stringify({ home, cassandra: { keyspace: `golden_${uniqueName()}` }, properties: { shop, again: { ...shop, shards: 3 }, cdnow } }));
  const config = readConfig({ ALMANAC_CASSANDRA: process.env.ALMANAC_TEST_CASSANDRA }, file);
  stores = await connectStores(config);
  plugs = createPlugs({ config, stores, client: {} as Client, log: {} as Logger }); // nothing here starts a sequence or logs
});
after(async () => {
  await stores.cassandra.execute(`DROP KEYSPACE ${stores.cassandra.keyspace}`, [], { prepare: false, readTimeout: 60_000 });
  await stores.dispose();
  rmSync(home, { recursive: true, force: true });
});

test('every day of Online Retail comes in: rows, people without a name, closed days', async (t) => {
  const began = performance.now();
  const outcomes = await goldenSteps(plugs).takeIn('shop', daysFromTo('2010-12-01', '2011-12-09'), DAYS_AT_ONCE);
  t.diagnostic(`${outcomes.length} days in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const states = Map.groupBy(outcomes, ({ state }) => state);
  assert.deepEqual(Object.fromEntries([...states].map(([state, of]) => [state, of.length])), { final: 305, closed: 69 });
  assert.equal(sum(outcomes.map(({ rows }) => rows)), 406_829);
  assert.equal(sum(outcomes.map(({ anonymous }) => anonymous)), 135_080);
  assert.equal(sum(outcomes.map(({ quarantined }) => quarantined)), 0);
});

test('Cassandra gives back its 4,372 people with all their events, each in one shard', async () => {
  const days = await settledDays('shop', '2010-12-01', '2011-12-09');
  const users = new Set<string>();
  let events = 0;
  for (let shard = 0; shard < 4; shard += 1) {
    for await (const history of stores.activityStore.readShard({ property: 'shop', shard, days })) {
      assert.ok(!users.has(history.user), 'in two shards');
      users.add(history.user);
      events += history.events.length;
    }
  }
  assert.equal(users.size, 4372);
  assert.equal(events, 406_829);
});

for (const [cut, kinds] of Object.entries({
  '2011-05-30': [992, 899, 654, 213],
  '2011-07-04': [1266, 1089, 499, 160],
  '2011-08-29': [1713, 1119, 397, 122],
  '2011-10-03': [1783, 1291, 341, 248],
})) {
  test(`Online Retail has its known kinds at ${cut}, in the stage's counts and in the tables`, () => hasKinds('shop', cut, kinds));
}

test('the same files give the same checksums, in other shards and other chunks, and a second look writes nothing', async () => {
  const days = daysFromTo('2011-11-13', '2011-11-18');
  const others = goldenSteps({ ...plugs, limits: { ...plugs.limits, chunkRows: 137 } });
  const first = await others.takeIn('again', days, 2);
  for (const { day, state, rows, generation } of first) {
    const [mine, known] = await Promise.all([manifestOf('again', day), manifestOf('shop', day)]);
    assert.equal(state, 'final');
    assert.ok(rows > 500 && mine.checksum !== '0000000000000000', day);
    assert.deepEqual({ ...mine, property: 'shop' }, known);
    assert.equal(generation, 1);
  }
  const before = await stores.activityStore.readDays('again', '2011-11-13', '2011-11-18');
  await others.takeIn('again', days, 2);
  assert.deepEqual(await stores.activityStore.readDays('again', '2011-11-13', '2011-11-18'), before);
});

test('CDNOW comes in from its one file', async (t) => {
  const began = performance.now();
  const outcomes = await goldenSteps(plugs).takeIn('cdnow', daysFromTo('1997-01-01', '1997-07-13'), DAYS_AT_ONCE);
  t.diagnostic(`${outcomes.length} days in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  assert.deepEqual(new Set(outcomes.map(({ state }) => state)), new Set(['final']));
});

for (const [cut, kinds] of Object.entries({ '1997-06-30': [13_790, 3789, 5991, 0], '1997-07-14': [17_239, 4542, 1789, 0] })) {
  test(`CDNOW has its known kinds at ${cut}, in the stage's counts and in the tables`, () => hasKinds('cdnow', cut, kinds));
}

/** Kinds 1 and 2 are veterans by their label at T − H, kind 3 are the rows to score; kind 4 has no row. */
async function hasKinds(property: string, cut: Day, kinds: readonly number[]): Promise<void> {
  const week = weekOf(addDays(cut, -1));
  const extracted = await goldenSteps(plugs).extract(property, week);
  assert.deepEqual(extracted.kinds, kinds);
  const stored = [0, 0, 0];
  let training = 0;
  for (let shard = 0; shard < 4; shard += 1) {
    const place = { property, week, revision: 1, shard };
    for await (const { snapshotWeek, label, trains } of stores.peopleStore.readVeterans(place)) {
      if (trains) training += 1;
      if (snapshotWeek.endsWith('@T-H')) stored[label === 'churned' ? 0 : 1]! += 1;
    }
    for await (const _ of stores.peopleStore.readRecent(place)) stored[2]! += 1;
  }
  assert.deepEqual(stored, kinds.slice(0, 3));
  assert.equal(training, extracted.trainingRows);
}

async function settledDays(property: string, from: Day, to: Day) {
  const statuses = await stores.activityStore.readDays(property, from, to);
  return statuses.filter(({ generation }) => generation > 0).map(({ day, generation }) => ({ day, generation }));
}

async function manifestOf(property: string, day: Day) {
  const manifest = await stores.activityStore.readManifest({ property, day, generation: 1 });
  assert.ok(manifest, `${property} has ${day}`);
  return manifest;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
