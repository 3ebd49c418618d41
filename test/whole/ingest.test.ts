import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { waiveDay } from '../../activities/ingest/waive-day.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { daysFromTo } from '../../src/domain/calendar/day.ts';
import { ingestWorld, shopColumns, shopCsv, shopSettings, type IngestWorld } from '../ingest-world.ts';
import type { ActivityStore } from '../../src/ports/activity-store.ts';

const badRow = (day: string) => `I1,many,${day} 09:00:00,2.5,12000`;

suite('a day comes in', { timeout: 240_000 }, () => {
  let world: IngestWorld;
  before(async () => (world = await ingestWorld()));
  after(() => world.dispose());

  test('final, missing, empty, low volume and bad rows are five named outcomes; a waive settles each', async () => {
    const usual = daysFromTo('2011-01-01', '2011-01-07');
    for (const day of usual) await world.put(day, shopCsv(day, 200, [`I9,1,${day} 10:00:00,1,`]));
    await world.put('2011-01-09', shopCsv('2011-01-09', 0));
    await world.put('2011-01-10', shopCsv('2011-01-10', 6));
    await world.put('2011-01-11', shopCsv('2011-01-11', 100, Array(8).fill(badRow('2011-01-11'))));
    const plugs = world.plugsOf();
    const outcomes = await world.ingest([...usual, '2011-01-08', '2011-01-09', '2011-01-10', '2011-01-11'], plugs);
    assert.deepEqual(outcomes.map(({ day, state, generation, rows, anonymous, quarantined }) => [day, state, generation, rows, anonymous, quarantined]), [
      ...usual.map((day) => [day, 'final', 1, 200, 1, 0]),
      ['2011-01-08', 'missing', 0, 0, 0, 0],
      ['2011-01-09', 'empty', 1, 0, 0, 0],
      ['2011-01-10', 'low-volume', 1, 6, 0, 0],
      ['2011-01-11', 'bad-rows', 1, 100, 0, 8],
    ]);
    assert.match(outcomes[7]?.sentence ?? '', /^day 2011-01-08 of shop failed: .*2011-01-08\.csv\.gz is missing \(expected every open day from 2011-01-01\)\. Put it there, or: npx almanac source waive shop 2011-01-08 --reason "…"$/);
    assert.match(outcomes[9]?.sentence ?? '', /low-volume.*6 records are 3 % of the usual 201 \(limit 5 %\)/);
    assert.deepEqual(world.announced, usual);

    const kept = await plugs.activityStore.readQuarantine({ property: 'shop', day: '2011-01-11', generation: 1 }, 100);
    assert.equal(kept.length, 8);
    assert.deepEqual(kept[0], { position: 100, file: '2011-01-11.csv.gz', line: 102, reason: 'quantity is not a number', payload: kept[0]?.payload });

    for (let round = 0; round < 2; round++) for (const day of ['2011-01-08', '2011-01-11']) await waiveDay(plugs)({ property: 'shop', day, reason: 'the shop was flooded' });
    const waived = await world.ingest(['2011-01-08', '2011-01-11'], plugs);
    assert.deepEqual(waived.map(({ state, generation, rows, reason }) => [state, generation, rows, reason]), [['waived', 0, 0, 'the shop was flooded'], ['waived', 1, 100, 'the shop was flooded']]);
    await world.put('2011-01-08', shopCsv('2011-01-08', 190));
    const [arrived] = await world.ingest(['2011-01-08'], plugs);
    assert.deepEqual([arrived?.state, arrived?.generation, arrived?.rows], ['final', 1, 190]);
  });

  test('a renamed event, people lost and a missing event are named outcomes; a waive settles the first day, and the next one knows', async () => {
    const limits = { unknownPeople: { warn: 0.5, fail: 0.9 }, missingEvents: { warn: 0, fail: 0 }, renamedEvent: { warn: 0.05, fail: 0.2 }, leastRecords: 20 };
    const usual = daysFromTo('2011-06-01', '2011-06-07');
    const [lost, few, gone, knows] = daysFromTo('2011-06-08', '2011-06-11') as [string, string, string, string];
    const nobody = (day: string, rows: number): string[] => Array(rows).fill(`I9,1,${day} 10:00:00,1,`);
    const asCancellations = (csv: string): string => csv.replaceAll(/^I/gm, 'C');
    for (const day of usual) await world.put(day, shopCsv(day, 200));
    await world.put(lost, shopCsv(lost, 10, nobody(lost, 190)));
    await world.put(few, shopCsv(few, 80, nobody(few, 120)));
    for (const day of [gone, knows]) await world.put(day, asCancellations(shopCsv(day, 200)));
    const checked = (expectedEvents: string[], different = {}) => {
      const { checks } = shopSettings();
      return world.plugsOf({ settings: { checks: { ...checks, ...limits, expectedEvents, ...different } } });
    };
    const plugs = checked([]);
    const states = async (days: readonly string[], using = plugs) => (await world.ingest(days, using)).map(({ state }) => state);
    assert.deepEqual(await states([...usual, lost, few, gone]), [...usual.map(() => 'final'), 'unknown-people', 'final', 'renamed-event']);
    const shown = new Map((await plugs.activityStore.readDays('shop', lost, gone)).map((status) => [status.day, status]));
    assert.equal(shown.get(lost)?.reason, '190 of 200 records name no person (95 %; limit 90 %)');
    assert.deepEqual(shown.get(few)?.checks.map(({ check, level }) => `${check} ${level}`), ['volume ok', 'unknown-people warn', 'missing-events ok', 'renamed-event ok']);
    assert.match(shown.get(gone)?.reason ?? '', /^"purchase", 100 % of the recent past, is gone and "cancellation", 100 % of the day, is new/);
    const sealed = await Promise.all([few, gone].map((day) => plugs.activityStore.readManifest({ property: 'shop', day, generation: 1 })));
    assert.deepEqual(sealed[1]?.eventNames, { counts: [['cancellation', 200]], others: 0 });
    const ofContent = sealed.map((manifest) => [manifest?.state, ...(manifest?.checks ?? []).map(({ check, level }) => `${check} ${level}`)]);
    assert.deepEqual(ofContent, [['final', 'unknown-people warn', 'missing-events ok'], ['final', 'unknown-people ok', 'missing-events ok']], 'a manifest says nothing of the days before');
    assert.ok(![lost, gone].some((day) => world.announced.includes(day)), 'weeks wait for it');

    const writes: string[] = [];
    const again = world.plugsOf({ settings: { checks: plugs.settingsOf('shop').checks }, activityStore: countWrites(plugs.activityStore, writes) });
    assert.deepEqual([await states([lost, gone], again), writes], [['unknown-people', 'renamed-event'], []], 'a second look says the same and writes nothing');
    assert.deepEqual(await states([lost], checked([], { unknownPeople: { warn: 0.5, fail: 0.96 } })), ['final'], 'judged anew by other limits');

    await waiveDay(plugs)({ property: 'shop', day: gone, reason: 'the till was changed' });
    assert.deepEqual(await states([gone, knows]), ['waived', 'final']);
    const [waived] = await plugs.activityStore.readDays('shop', gone, gone);
    assert.deepEqual([waived?.reason, waived?.checks.find(({ level }) => level === 'fail')?.check], ['the till was changed', 'renamed-event']);
    await world.put('2011-06-12', asCancellations(shopCsv('2011-06-12', 200)));
    const [missing] = await world.ingest(['2011-06-12'], checked(['purchase', 'cancellation']));
    assert.match(missing?.sentence ?? '', /^day 2011-06-12 of shop failed \(missing-events\): no event is named "purchase"; the day has "cancellation" \(200\)\. Correct the source, or: npx almanac source waive/);
  });

  test('the same input again writes nothing; a changed file or column map is a new generation', async () => {
    const day = '2011-02-01';
    const read = async (generation: number) => {
      const store = createActivityStore({ cassandra: world.cassandra });
      return store.readPerson({ property: 'shop', shard: shardOf('10005', 4), days: [{ day, generation }], user: '10005' });
    };
    await world.put(day, shopCsv(day, 300));
    const writes: string[] = [];
    const counting = (): ActivityStore => countWrites(createActivityStore({ cassandra: world.cassandra }), writes);
    const [first] = await world.ingest([day], world.plugsOf({ activityStore: counting() }));
    assert.ok(writes.length > 0);
    writes.length = 0;
    const [again] = await world.ingest([day], world.plugsOf({ activityStore: counting() }));
    assert.deepEqual([again, writes], [first, []]);

    const original = await read(1);
    await world.put(day, shopCsv(day, 290));
    const [changed] = await world.ingest([day], world.plugsOf());
    assert.deepEqual([changed?.generation, changed?.rows], [2, 290]);
    const columns = { ...shopColumns, name: { constant: 'sale' } };
    const [mapped] = await world.ingest([day], world.plugsOf({ source: { columns } }));
    assert.deepEqual([mapped?.generation, mapped?.rows], [3, 290]);
    assert.deepEqual(await read(1), original);
    assert.equal((await read(3))?.events[0]?.name, 'sale');

    await world.put(day, shopCsv(day, 300));
    const [restored] = await world.ingest([day], world.plugsOf());
    assert.deepEqual([restored?.generation, restored?.state], [1, 'final'], 'a restored file is the generation it was');
  });

  test('a load that breaks off goes on at its cursor: at most one chunk is written twice, and the counts are right', async () => {
    const day = '2011-03-01';
    await world.put(day, shopCsv(day, 5000, [badRow(day), `I9,1,${day} 10:00:00,1,`]));
    const written: number[] = [];
    const real = createActivityStore({ cassandra: world.cassandra });
    let breaks = 2;
    const breaking: ActivityStore = {
      ...real,
      async writeEvents(key, shards, events) {
        written.push(events.length);
        await real.writeEvents(key, shards, events);
        if ((written.length === 3 || written.length === 7) && breaks-- > 0) throw new Error('the cable was pulled');
      },
    };
    const [outcome] = await world.ingest([day], world.plugsOf({ activityStore: breaking, chunkRows: 500 }));
    assert.deepEqual([outcome?.state, outcome?.rows, outcome?.anonymous, outcome?.quarantined], ['final', 5000, 1, 1]);
    assert.equal(written.reduce((sum, rows) => sum + rows, 0), 5000 + 2 * 500);
  });

  test('a file that is not whole, or without a wanted column, is bad rows and says why', async () => {
    await world.put('2011-04-01', 'invoice,at\nI1,2011-04-01 10:00:00\n');
    const [header] = await world.ingest(['2011-04-01'], world.plugsOf());
    assert.equal(header?.state, 'bad-rows');
    assert.match(header?.sentence ?? '', /2011-04-01\.csv\.gz has no column "customer", "quantity", "price"; it has "invoice", "at"/);
    await rm(join(world.folder, '2011-04-01.csv.gz'));
    const [gone] = await world.ingest(['2011-04-01'], world.plugsOf());
    assert.equal(gone?.state, 'missing');
  });

  test('closed days and days outside the life of a property need no file', async () => {
    const plugs = world.plugsOf({ settings: { calendar: { firstDay: '2011-05-01', closedWeekdays: [6], closedDays: [] } } });
    const outcomes = await world.ingest(['2011-04-30', '2011-05-07'], plugs);
    assert.deepEqual(outcomes.map(({ state, reason }) => [state, reason]), [['closed', 'the property lives from 2011-05-01'], ['closed', 'the calendar says so']]);
  });
});

const writers = ['claimGeneration', 'writeEvents', 'writeQuarantine', 'sealGeneration', 'moveCurrent', 'markDay', 'dropGeneration'] as const;

function countWrites(store: ActivityStore, writes: string[]): ActivityStore {
  const counted = { ...store } as Record<string, unknown>;
  for (const name of writers) {
    const write = store[name] as (...parameters: unknown[]) => unknown;
    counted[name] = (...parameters: unknown[]) => (writes.push(name), write(...parameters));
  }
  return counted as unknown as ActivityStore;
}
