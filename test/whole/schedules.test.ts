import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf, type ScheduleLine } from '../../src/schedules.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';

const NOTE = 'its data has ended';

/** A property whose data has ended lives its days and weeks once more through the backfill of its own, paused schedules. */
suite('the schedules of a property, on real parts', () => {
  const shop = mkdtempSync(join(tmpdir(), 'almanac-clock-'));
  let stack: TestStack;
  let property: string;

  before(async () => {
    writeSmallShop(join(shop, 'days'));
    stack = await startTestStack({ properties: { clock: smallShopProperty(join(shop, 'days'), { schedules: { paused: true, note: NOTE, ingestAt: '02:00', weekAt: '03:00', lookBackDays: 0 } }) } });
    property = stack.named('clock');
    await apply(schedulesOf(stack.config));
    const history = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: '2026-03-08', which: 'missing', order: 'oldest', weeks: false });
    assert.deepEqual((await history.result()).failed, []);
  });
  after(async () => {
    await apply([]);
    await stack.stop();
    rmSync(shop, { recursive: true, force: true });
  });

  const apply = (lines: readonly ScheduleLine[]) => applySchedules({ client: stack.client, lines, taskQueue: stack.config.temporal.taskQueue });
  const schedule = (what: 'ingest' | 'week') => stack.client.schedule.getHandle(`tick/${property}/${what}`);
  const stateOf = async (what: 'ingest' | 'week') => {
    const { state } = await schedule(what).describe();
    return [state.paused, state.note];
  };
  const ended = async (what: 'ingest' | 'week', count: number): Promise<string[]> => {
    const query = `WorkflowType = 'tick' AND Property = '${property}' AND RunKind = 'tick-${what}' AND ExecutionStatus = 'Completed'`;
    await eventually(async () => (await stack.client.workflow.count(query)).count >= count, 240_000, `${count} ticks for ${what}`);
    const ids: string[] = [];
    for await (const { workflowId } of stack.client.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  };

  test('seven mornings, made up for one after the other, take in the seven days before them', async () => {
    // Berlin is an hour ahead: 02:00 on the 10th is 01:00 UTC.
    await schedule('ingest').backfill({ start: new Date('2026-03-10T00:00:00Z'), end: new Date('2026-03-16T12:00:00Z'), overlap: 'BUFFER_ALL' });
    const ticks = await ended('ingest', 7);
    assert.deepEqual(ticks.map((id) => id.slice(-20)), [10, 11, 12, 13, 14, 15, 16].map((day) => `2026-03-${day}T01:00:00Z`));
    const days = await stack.stores.activityStore.readDays(property, '2026-03-09', '2026-03-29');
    assert.deepEqual(days.map(({ day, state }) => `${day} ${state}`), [9, 10, 11, 12, 13, 14, 15].map((day) => `2026-03-${String(day).padStart(2, '0')} final`));
  });

  test('its Monday has the week before built, and the tick lives until it serves', async () => {
    await schedule('week').backfill({ start: new Date('2026-03-16T00:00:00Z'), end: new Date('2026-03-16T12:00:00Z'), overlap: 'BUFFER_ALL' });
    assert.deepEqual((await ended('week', 1)).map((id) => id.slice(-20)), ['2026-03-16T02:00:00Z']);
    const status = await stack.almanac.weeks.status(property, '2026-W11');
    assert.equal(status?.phase, 'serving', status?.sentence);
  });

  test('the schedules stay paused, with their note, and applying them again changes nothing', async () => {
    assert.deepEqual([await stateOf('ingest'), await stateOf('week')], [[true, NOTE], [true, NOTE]]);
    const applied = await apply(schedulesOf(stack.config));
    assert.deepEqual([applied.created, applied.changed, applied.removed], [[], [], []]);
  });
});
