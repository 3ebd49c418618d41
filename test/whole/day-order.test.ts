import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { waiveDay } from '../../activities/ingest/waive-day.ts';
import { createFileSource } from '../../src/connectors/files/file-source.ts';
import { daysFromTo, type Day } from '../../src/domain/calendar/day.ts';
import { createActivityStore } from '../../src/stores/cassandra/activity-store.ts';
import { activityTables } from '../../src/stores/cassandra/activity-tables.ts';
import { shopColumns, shopCsv, shopSettings } from '../ingest-world.ts';
import { testCassandra, testFolder } from '../world.ts';
import { goldenSteps } from './golden-steps.ts';
import type { Plugs } from '../../activities/plugs.ts';

suite('the order in which days come in', { timeout: 240_000 }, () => {
  const days = daysFromTo('2011-01-01', '2011-01-12');
  const [from, to] = [days[0]!, days.at(-1)!];
  /** 3 % of the usual, twice. */
  const low = ['2011-01-07', '2011-01-10'];
  /** Its events have another name than those of the days before. */
  const renamed = '2011-01-11';
  const held = [...low.map((day) => [day, 'low-volume']), [renamed, 'renamed-event']];
  const announced: string[] = [];
  let files: Awaited<ReturnType<typeof testFolder>>;
  let store: Awaited<ReturnType<typeof testCassandra>>;
  let plugs: Plugs;

  before(async () => {
    [files, store] = await Promise.all([testFolder(), testCassandra(activityTables)]);
    const csvOf = (day: Day): string => (day === renamed ? shopCsv(day, 200).replaceAll(/^I/gm, 'C') : shopCsv(day, low.includes(day) ? 6 : 200));
    for (const day of days) await writeFile(join(files.folder, `${day}.csv.gz`), gzipSync(csvOf(day)));
    const limits = { leastRecords: 20, unknownPeople: { warn: 0.8, fail: 0.98 }, missingEvents: { warn: 0, fail: 0 }, renamedEvent: { warn: 0.05, fail: 0.2 } };
    const settings = shopSettings({ shards: 2, checks: { ...shopSettings().checks, ...limits } });
    plugs = {
      settingsOf: () => settings,
      sourceOf: (property: string) => createFileSource({ property, timeZone: 'Europe/London', folder: files.folder, file: '{day}.csv.gz', format: 'csv', columns: shopColumns, spool: join(files.folder, 'spool') }),
      limits: { chunkRows: 500, daysAtOnce: 2, shardsAtOnce: 2, maximumLiveWeeks: 26 },
      activityStore: createActivityStore({ cassandra: store.cassandra }),
      sequences: { announceDay: async (property: string, day: string) => void announced.push(`${property} ${day}`) },
      releaseStore: { listWeeks: async () => [] },
    } as unknown as Plugs;
  });
  after(async () => {
    await store.dispose();
    await files.dispose();
  });

  const statesOf = async (property: string) => (await plugs.activityStore.readDays(property, from, to)).map(({ day, state }) => [day, state]);
  async function rowsOf(property: string): Promise<unknown[]> {
    const { rows } = await store.cassandra.execute('SELECT day, generation, current, state, reason, rows, people, anonymous, quarantined, checksum, event_names, checks FROM day_manifests WHERE property = ?', [property]);
    return rows.map((row) => JSON.stringify(row));
  }

  test('makes no difference to any table once the days were judged again', async () => {
    const orders: Record<string, { order: readonly Day[]; atOnce: number }> = { oldest: { order: days, atOnce: 1 }, newest: { order: days.toReversed(), atOnce: 1 }, together: { order: days, atOnce: 6 } };
    const steps = goldenSteps(plugs);
    for (const [property, { order, atOnce }] of Object.entries(orders)) await steps.takeIn(property, order, atOnce);
    assert.deepEqual((await statesOf('newest')).filter(([, state]) => state !== 'final'), [], 'newest first, no day has a past');
    announced.length = 0;
    for (const property of Object.keys(orders)) {
      const shown = (await steps.judgeAgain(property, from, to)).held;
      assert.deepEqual(shown.map(({ day, state }) => [day, state]), held);
      assert.match(shown[0]!.sentence, new RegExp(`^day 2011-01-07 of ${property} failed \\(low-volume\\): 6 records are 3 % of the usual 200`));
    }
    assert.deepEqual(await rowsOf('newest'), await rowsOf('oldest'));
    assert.deepEqual(await rowsOf('together'), await rowsOf('oldest'));
    const rows = await rowsOf('oldest');
    for (const property of Object.keys(orders)) await steps.judgeAgain(property, from, to);
    assert.deepEqual([await rowsOf('oldest'), announced], [rows, []], 'twice is once');
  });

  test('a day that somebody has waived stays waived', async () => {
    const steps = goldenSteps(plugs);
    await waiveDay(plugs)({ property: 'oldest', day: low[0]!, reason: 'the shop was flooded' });
    assert.deepEqual((await steps.judgeAgain('oldest', from, to)).held.map(({ day }) => day), [low[1], renamed]);
    assert.deepEqual((await statesOf('oldest')).find(([day]) => day === low[0]), [low[0], 'waived']);
  });
});
