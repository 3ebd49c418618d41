import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import type { ScheduleLine } from '../../src/schedules.ts';

suite('applying the table of schedules', () => {
  const taskQueue = `schedules-${randomUUID()}`;
  const property = `shop-${taskQueue.slice(10, 18)}`;
  let connection: Connection;
  let client: Client;

  before(async () => {
    const address = process.env.ALMANAC_TEST_TEMPORAL;
    if (!address) throw new Error('ALMANAC_TEST_TEMPORAL is not set: expected host:port of a running Temporal server');
    connection = await Connection.connect({ address });
    client = new Client({ connection });
  });
  after(async () => {
    await apply([]);
    await connection.close();
  });

  const apply = (lines: readonly ScheduleLine[]) => applySchedules({ client, lines, taskQueue });
  const aLine = (different: Partial<ScheduleLine> = {}): ScheduleLine => ({
    id: `tick/${property}/ingest`, start: { workflow: 'tick', input: { property, what: 'ingest' } }, timeZone: 'Europe/London', times: [{ hour: 2, minute: 30 }], on: 'day', overlap: 'BUFFER_ALL', catchUpHours: 720, isPaused: false, note: 'by the table', ...different,
  });
  const described = (line: ScheduleLine) => client.schedule.getHandle(line.id).describe();
  /** Lists are eventually consistent; what was just created is not in them at once. */
  const listed = async (line: ScheduleLine): Promise<void> => {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) for await (const { scheduleId } of client.schedule.list()) if (scheduleId === line.id) return;
    assert.fail(`${line.id} was not listed within 20 s`);
  };

  test('creates what is missing, with all that the table says, and changes nothing the second time', async () => {
    const lines = [aLine(), aLine({ id: `tick/${property}/week`, start: { workflow: 'tick', input: { property, what: 'week' } }, on: 'monday', isPaused: true, note: 'its data has ended' })];
    assert.deepEqual((await apply(lines)).created, lines.map(({ id }) => id));
    const again = await apply(lines);
    assert.deepEqual([again.created, again.changed, again.removed, again.unchanged], [[], [], [], lines.map(({ id }) => id)]);

    const [daily, weekly] = await Promise.all(lines.map(described));
    assert.deepEqual(daily?.policies, { overlap: 'BUFFER_ALL', catchupWindow: 30 * 86_400_000, pauseOnFailure: false });
    assert.equal(daily?.spec.timezone, 'Europe/London');
    assert.deepEqual(daily?.action.searchAttributes, { Property: [property], RunKind: ['tick-ingest'] });
    assert.deepEqual([daily?.state.paused, weekly?.state.paused, weekly?.state.note], [false, true, 'its data has ended']);
    assert.ok(weekly?.info.nextActionTimes.every((time) => time.getUTCDay() === 1), 'weeks are built on Mondays');
  });

  test('keeps an operator\'s pause and note, also while the time changes', async () => {
    await apply([aLine()]);
    await client.schedule.getHandle(aLine().id).pause('the source is being moved');
    assert.deepEqual((await apply([aLine()])).unchanged, [aLine().id]);
    assert.deepEqual((await apply([aLine({ times: [{ hour: 5, minute: 30 }], note: 'another note of the table' })])).changed, [aLine().id]);
    const { state, info } = await described(aLine());
    assert.deepEqual([state.paused, state.note], [true, 'the source is being moved']);
    assert.ok(info.nextActionTimes.every((time) => time.toLocaleTimeString('en-GB', { timeZone: 'Europe/London' }) === '05:30:00'));
  });

  test('one schedule strikes at several times of a day', async () => {
    const line = aLine({ id: `tick/${property}/arrivals`, start: { workflow: 'tick', input: { property, what: 'arrivals' } }, times: [{ hour: 12, minute: 0 }, { hour: 18, minute: 5 }] });
    await apply([line]);
    assert.deepEqual((await apply([line])).unchanged, [line.id]);
    const { info } = await described(line);
    assert.deepEqual([...new Set(info.nextActionTimes.map((time) => time.toLocaleTimeString('en-GB', { timeZone: 'Europe/London' })))].sort(), ['12:00:00', '18:05:00']);
    assert.deepEqual((await apply([{ ...line, times: [{ hour: 12, minute: 0 }] }])).changed, [line.id]);
  });

  test('puts right what was edited by hand', async () => {
    await apply([aLine()]);
    await client.schedule.getHandle(aLine().id).update((schedule) => ({ ...schedule, policies: { ...schedule.policies, overlap: 'SKIP' } }));
    assert.deepEqual((await apply([aLine()])).changed, [aLine().id]);
    assert.equal((await described(aLine())).policies.overlap, 'BUFFER_ALL');
  });

  test('removes the schedules of a property that is gone, and nobody else\'s', async () => {
    const gone = aLine({ id: `tick/${property}-gone/ingest` });
    const foreign = aLine({ id: `tick/${property}-foreign/ingest` });
    const stranger = `nightly-${property}`;
    await apply([aLine(), gone]);
    await applySchedules({ client, lines: [foreign], taskQueue: `${taskQueue}-other` });
    await client.schedule.create({ scheduleId: stranger, spec: { intervals: [{ every: '1 day' }] }, action: { type: 'startWorkflow', workflowType: 'tick', taskQueue } });
    await Promise.all([listed(gone), listed(foreign)]);
    try {
      assert.deepEqual((await apply([aLine()])).removed, [gone.id]);
      await assert.rejects(described(gone), { name: 'ScheduleNotFoundError' });
      await Promise.all([described(foreign), client.schedule.getHandle(stranger).describe()]);
    } finally {
      await Promise.all([foreign.id, stranger].map((id) => client.schedule.getHandle(id).delete()));
    }
  });
});
