import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { WorkflowFailedError } from '@temporalio/client';
import { aggregateId, bringInId, intakeId, recomputeId } from '../../src/domain/release/ids.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { eventually } from '../stack.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';
import type { Activities } from '../../activities/index.ts';
import type { RollupConfig } from '../../src/config.ts';
import type { BroughtIn } from '../../workflows/rollup-bring-in.ts';
import type { RollupFigures } from '../../workflows/rollup-levels.ts';

const mismatch = { level: 'minute' as const, bucket: '2019-01-01_11-20', shard: 0, sentence: 'minute 2019-01-01_11-20 (shard 0) holds other figures' };

/** The steps that close a level. */
const closing = (level: string): string[] => [`rollBuckets ${level}`, `checkBuckets ${level}`, `copyBuckets ${level}`];

suite('a stroke of the clock of a rollup', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(async () => {
    await applySchedules({ client: world.client, lines: [], taskQueue: world.taskQueue });
    await world.dispose();
  });

  async function aRollup(path: string, steps: Partial<Activities> = {}, timeZone = 'UTC'): Promise<string> {
    const property = world.property(path, steps);
    const rollups = { [property]: { timeZone, schedules: { paused: true, note: 'its data has ended' } } as unknown as RollupConfig };
    await applySchedules({ client: world.client, lines: schedulesOf({ properties: {}, rollups }), taskQueue: world.taskQueue });
    return property;
  }

  /** Has one schedule strike in a span of time; the ids of its strokes, which are over. */
  async function strike(property: string, what: 'minute' | 'hour' | 'day', [start, end]: [string, string], count: number): Promise<string[]> {
    await world.client.schedule.getHandle(`rollup/${property}/${what}`).backfill({ start: new Date(start), end: new Date(end), overlap: 'BUFFER_ALL' });
    const query = `WorkflowType = 'rollup' AND Property = '${property}' AND RunKind = 'rollup-${what}' AND ExecutionStatus != 'Running'`;
    await eventually(async () => (await world.client.workflow.count(query)).count >= count, 60_000, `${count} strokes`);
    const ids: string[] = [];
    for await (const { workflowId } of world.client.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  }
  const figuresOf = (id: string): Promise<RollupFigures> => world.client.workflow.getHandle(id).result();
  const worked = (property: string): string[] => world.calls(property).map(({ step, input }) => ('level' in input ? `${step} ${String(input.level)}` : step));

  test('a minute is one step; there is none at the full hour', async () => {
    const property = await aRollup('minutes');
    const ids = await strike(property, 'minute', ['2019-01-01T11:57:30Z', '2019-01-01T12:01:30Z'], 3);
    assert.deepEqual(ids.map((id) => id.slice(`rollup/${property}/`.length)), ['minute-2019-01-01T11:58:00Z', 'minute-2019-01-01T11:59:00Z', 'minute-2019-01-01T12:01:00Z']);
    assert.deepEqual(await world.steps(ids[0]!), ['rollBuckets', 'copyBuckets']); // there are three
    assert.deepEqual(world.calls(property)[0]?.input, { property, level: 'minute', span: { from: Date.parse('2019-01-01T11:57:00Z') / 1000, to: Date.parse('2019-01-01T11:58:00Z') / 1000 }, after: null, again: [] });
  });

  test('a minute of a rollup that has copies by member is in them before its stroke is over', async () => {
    const built = { built: 1, revised: 0, read: 0, after: null, isLast: true };
    for (const hasCopies of [true, false]) {
      const property = await aRollup(hasCopies ? 'copied' : 'not-copied', { rollBuckets: async () => ({ ...built, hasCopies }) });
      const [id] = await strike(property, 'minute', ['2019-01-01T11:57:30Z', '2019-01-01T11:58:30Z'], 1);
      assert.deepEqual(await world.steps(id!), hasCopies ? ['rollBuckets', 'copyBuckets'] : ['rollBuckets']); // there is one
    }
  });

  test('an hour is its minutes, then itself, each checked before the next; midnight has no hour of its own', async () => {
    const property = await aRollup('hours');
    const ids = await strike(property, 'hour', ['2019-01-01T22:59:00Z', '2019-01-02T00:30:00Z'], 1);
    assert.deepEqual(ids.map((id) => id.slice(-20)), ['2019-01-01T23:00:00Z']);
    assert.deepEqual(worked(property), ['findLate', 'rollBuckets minute', 'checkBuckets minute', 'copyBuckets minute', 'rollBuckets hour', 'checkBuckets hour', 'copyBuckets hour']);
    assert.deepEqual((await figuresOf(ids[0]!)).built, { minute: 60, hour: 60, day: 0 }); // there is one
  });

  test('midnight, by the local clock, closes the day before: minutes, hours, the day, then totals by category', async () => {
    const property = await aRollup('midnight', {}, 'Europe/London');
    const ids = await strike(property, 'day', ['2019-06-30T12:00:00Z', '2019-07-01T12:00:00Z'], 1);
    assert.deepEqual(ids.map((id) => id.slice(-20)), ['2019-06-30T23:00:00Z']);
    assert.deepEqual(worked(property), ['findLate', ...['minute', 'hour', 'day'].flatMap(closing), 'aggregateDays']);
  });

  test('a level is in the copies by member, to its end, before the next is built; so is a minute, and what is built again by hand', async () => {
    const answers = [5, 6];
    const steps: Partial<Activities> = { copyBuckets: async () => ({ copied: 1, read: 1, next: answers.shift() ?? null }) };
    const property = await aRollup('copied-hours', steps);
    await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    assert.deepEqual(worked(property), ['findLate', ...closing('minute'), 'copyBuckets minute', 'copyBuckets minute', ...closing('hour')]);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'copyBuckets').map(({ input }) => [input.copy, input.from]), [[null, null], [null, 5], [null, 6], [null, null]]);
    const other = await aRollup('copied-minutes');
    await strike(other, 'minute', ['2019-01-01T11:57:30Z', '2019-01-01T11:58:30Z'], 1);
    assert.deepEqual(worked(other), ['rollBuckets minute', 'copyBuckets minute']);
    const again = await aRollup('copied-by-hand', { planRecompute: async () => ({ minute: [], hour: [{ from: 1, to: 2 }], day: [] }) });
    const range = ['2019-01-01_11', '2019-01-01_11'] as const;
    await world.client.workflow.execute('rollupRecompute', { workflowId: recomputeId(again, 'hour', ...range), taskQueue: world.taskQueue, args: [{ property: again, level: 'hour', from: range[0], to: range[1] }] });
    assert.deepEqual(worked(again), ['planRecompute hour', ...closing('hour')]);
  });

  test('nothing starts after a failed step', async () => {
    const property = await aRollup('step-fails', { rollBuckets: async () => { throw ApplicationFailure.nonRetryable('a minute is missing', 'rollup-gap'); } });
    const [id] = await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    await assert.rejects(figuresOf(id!), WorkflowFailedError); // there is one
    assert.deepEqual(worked(property), ['findLate', 'rollBuckets minute']);
  });

  test('a level is built to its end before the next begins, however many buckets it has', async () => {
    let rounds = 0;
    const property = await aRollup('long-level', { rollBuckets: async ({ level }) => ({ built: 10, revised: 0, read: 5, after: `after-${(rounds += 1)}`, isLast: level !== 'minute' || rounds === 3 }) });
    const [id] = await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    assert.deepEqual((await figuresOf(id!)).built, { minute: 30, hour: 10, day: 0 }); // there is one
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'rollBuckets').map(({ input }) => [input.level, input.after]), [['minute', null], ['minute', 'after-1'], ['minute', 'after-2'], ['hour', null]]);
  });

  test('a level that is more than one step should do is built, and checked, in the ranges that its step answers, all of them before the next level', async () => {
    const whole = { from: Date.parse('2019-01-01T11:00:00Z') / 1000, to: Date.parse('2019-01-01T12:00:00Z') / 1000 };
    const ranges = Array.from({ length: 20 }, (_, at) => ({ span: whole, shards: [at, at + 1] as const }));
    const nothing = { built: 0, revised: 0, read: 0, after: null, isLast: false };
    const property = await aRollup('fans-out', {
      rollBuckets: async ({ level, shards, after }) => (level === 'hour' ? { ...nothing, built: 1, isLast: true } : shards === undefined ? { ...nothing, ranges } : { ...nothing, built: 1, after: 'half', isLast: after === 'half' }),
      checkBuckets: async ({ level, shards }) => ({ mismatches: [], read: 1, ...(level === 'minute' && shards === undefined ? { ranges } : {}) }),
    });
    const [id] = await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    assert.deepEqual((await figuresOf(id!)).built, { minute: 40, hour: 1, day: 0 }); // there is one
    assert.deepEqual(worked(property), ['findLate', ...Array(41).fill('rollBuckets minute'), ...Array(21).fill('checkBuckets minute'), 'copyBuckets minute', 'rollBuckets hour', 'checkBuckets hour', 'copyBuckets hour']);
    const asked = world.calls(property).filter(({ step, input }) => step === 'rollBuckets' && input.shards !== undefined).map(({ input }) => JSON.stringify([input.shards, input.after]));
    assert.deepEqual(asked.toSorted(), ranges.flatMap(({ shards }) => [null, 'half'].map((after) => JSON.stringify([shards, after]))).toSorted());
  });

  test('what came late is built again before the hour, at every level that it opened', async () => {
    const span = { from: 1, to: 2 };
    const property = await aRollup('came-late', { findLate: async () => ({ spans: { minute: [span], hour: [span], day: [span] }, days: [span] }) });
    await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    assert.deepEqual(worked(property), ['findLate', ...['minute', 'hour', 'day', 'minute', 'hour'].flatMap(closing), 'aggregateDays']);
  });

  test('a range is built again by hand: its level, what is built above, and then it is checked', async () => {
    const span = { from: 1, to: 2 };
    const property = await aRollup('recomputed', { planRecompute: async () => ({ minute: [], hour: [span], day: [span, span] }) });
    const input = { property, level: 'hour', from: '2019-01-01_11', to: '2019-01-01' } as const;
    const handle = await world.client.workflow.start('rollupRecompute', { workflowId: recomputeId(property, 'hour', input.from, input.to), taskQueue: world.taskQueue, args: [input] });
    assert.deepEqual(((await handle.result()) as RollupFigures).mismatches, []);
    assert.deepEqual(worked(property), ['planRecompute hour', ...['hour', 'day', 'day'].flatMap(closing)]);
  });

  test('totals by category of a range are made again by hand, and a list of readings is taken in: one step each', async () => {
    const property = await aRollup('by-hand');
    const start = (workflow: string, workflowId: string, input: object): Promise<unknown> => world.client.workflow.execute(workflow, { workflowId, taskQueue: world.taskQueue, args: [input] });
    const [from, to] = ['2019-01-01+00-00', '2019-04-01+01-00'];
    assert.deepEqual(await start('rollupAggregate', aggregateId(property, from, to), { property, timeZone: 'Europe/London', from, to }), { days: ['2019-01-01'], read: 1 });
    assert.deepEqual(world.calls(property).at(-1), { step: 'aggregateDays', input: { property, span: { from: Date.parse('2019-01-01T00:00:00Z') / 1000, to: Date.parse('2019-04-01T23:00:00Z') / 1000 } } });
    const list = { name: 'readings/1.ndjson', sha256: '1'.repeat(64), bytes: 1 };
    assert.deepEqual(await start('rollupIntake', intakeId(property, list.sha256), { property, list }), { 'on-time': 1, late: 2, aside: 3 });
    assert.deepEqual(world.calls(property).at(-1), { step: 'takeInList', input: { property, list } });
  });

  test('totals by category of what is no range of days are refused: the run ends, and no step begins', async () => {
    const property = await aRollup('no-days');
    for (const [from, to, says] of [
      ['2019-02-31', '2019-02-31', /"2019-02-31" is not a day of the calendar/],
      ['2019-07-01+01-00', '2019-07-01+01-00', /expected 2019-07-01\+02-00/],
      ['2019-01-01_11', '2019-01-01_11', /"2019-01-01_11" is the name of a hour; expected a day or more/],
      ['2019-01-02', '2019-01-01', /ends before it begins/],
    ] as const) {
      const run = world.client.workflow.execute('rollupAggregate', { workflowId: aggregateId(property, from, to), taskQueue: world.taskQueue, workflowRunTimeout: '20 seconds', args: [{ property, timeZone: 'Europe/Berlin', from, to }] });
      await assert.rejects(run, (error: WorkflowFailedError) => error.cause instanceof ApplicationFailure && error.cause.type === 'bad-argument' && error.cause.nonRetryable === true && says.test(error.cause.message), `${from}..${to}`);
    }
    assert.deepEqual(worked(property), []);
  });

  test('what is aside comes in by hand: the range is planned first, and then built and checked; how many came in and how many stay is said', async () => {
    const span = { from: 1, to: 2 };
    const aside = [5, 2];
    const property = await aRollup('brought-in', { planRecompute: async () => ({ minute: [span], hour: [span], day: [] }), countAside: async () => aside.shift() ?? 0 });
    const [from, to] = ['2019-01-01_11', '2019-01-01_12'];
    const { brought, left } = (await world.client.workflow.execute('rollupBringIn', { workflowId: bringInId(property, from, to), taskQueue: world.taskQueue, args: [{ property, from, to }] })) as BroughtIn;
    assert.deepEqual([brought, left], [3, 2]);
    assert.deepEqual(worked(property), ['countAside', 'planRecompute minute', 'bringInAside', 'countAside', ...['minute', 'hour'].flatMap(closing)]);
  });

  test('what does not add up is told, built again, and looked at again before anything is built upon it', async () => {
    const answers = [[mismatch], []];
    const property = await aRollup('mended', { checkBuckets: async () => ({ mismatches: answers.shift() ?? [], read: 1 }) });
    const [id] = await strike(property, 'hour', ['2019-01-01T11:59:00Z', '2019-01-01T12:01:00Z'], 1);
    assert.deepEqual((await figuresOf(id!)).mismatches, [mismatch]); // there is one
    assert.deepEqual(worked(property), ['findLate', 'rollBuckets minute', 'checkBuckets minute', 'notifyPeople', 'rollBuckets minute', 'checkBuckets minute', 'copyBuckets minute', 'rollBuckets hour', 'checkBuckets hour', 'copyBuckets hour']);
    assert.deepEqual(world.calls(property)[4]?.input.again, [mismatch.bucket]);
    assert.match(String(world.calls(property)[3]?.input.sentence), /^minute 2019-01-01_11-20 .* built again$/);
  });

  test('what cannot be mended stops the stroke, by its name', async () => {
    const property = await aRollup('not-mended', { checkBuckets: async () => ({ mismatches: [mismatch], read: 1 }), notifyPeople: async () => { throw ApplicationFailure.nonRetryable('nobody can be told'); } });
    const [id] = await strike(property, 'day', ['2019-01-01T23:00:00Z', '2019-01-02T01:00:00Z'], 1);
    await assert.rejects(figuresOf(id!), (error: WorkflowFailedError) => /minute 2019-01-01_11-20 .*building it again did not help/.test(String(error.cause?.message))); // there is one
    assert.deepEqual(worked(property).filter((step) => !step.endsWith('minute')), ['findLate', 'notifyPeople']);
  });
});
