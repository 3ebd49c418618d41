import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities, type Plugs } from '../../activities/index.ts';
import { copyBuckets } from '../../activities/rollup/copy-buckets.ts';
import { openCopy } from '../../activities/rollup/open-copy.ts';
import { ensureSeriesTable } from '../../activities/rollup/series-tables.ts';
import { LEVELS, spanOf, type Level, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { servingId } from '../../src/domain/release/ids.ts';
import { prebuiltBundle } from '../../src/main/bundle.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { createSeriesCopies } from '../../src/stores/cassandra/series-copies.ts';
import { inStep } from '../in-step.ts';
import { makeCurrent } from '../ingest-world.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';
import { testTemporal, uniqueName, type TestTemporal } from '../world.ts';
import type { WorkflowFailedError } from '@temporalio/client';
import type { SeriesBucket } from '../../src/ports/series-store.ts';
import type { RollupServingFigures } from '../../workflows/rollup-serving.ts';

const DAY = '2019-01-01';
const day = spanOf(DAY, 'UTC');
const member = 'member-0002';
/** Names of properties are in ids, and the server is shared. */
const [copied, killed] = [`copied-${uniqueName()}`, `killed-${uniqueName()}`];
const tableOf = (property: string, copy: number): string => `series_${property.replaceAll('-', '_')}_${copy}`;
Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {} } } });

suite('series by member made anew, on the real store and the real server', () => {
  let world: RollupWorld;
  let temporal: TestTemporal;
  /** Steps that die once, before they are done or after and before anybody hears of it. */
  const deaths = new Map<string, 'before' | 'after'>();
  const calls: string[] = [];
  const ended: Promise<void>[] = [];
  const workers: Worker[] = [];

  before(async () => {
    [world, temporal] = await Promise.all([rollupWorld({ everySeconds: 3600, shards: 2 }), testTemporal()]);
    const steps = createActivities(world.plugs as Plugs); // those of rollups need no more
    const activities = Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, async (input: { property: string }) => {
      calls.push(`${input.property} ${name}`);
      const death = deaths.get(`${input.property} ${stepsOf(input.property).length}`);
      if (death === 'before') throw new Error('killed');
      const result = await (step as (given: unknown) => Promise<unknown>)(input);
      if (death === 'after') throw new Error('killed');
      return result;
    }]));
    const { codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles'), new DefaultLogger('ERROR'));
    const { connection, taskQueue } = temporal;
    const shared: Omit<WorkerOptions, 'taskQueue'> = {
      connection, activities, workflowBundle: { codePath }, shutdownForceTime: '5 seconds',
      workerDeploymentOptions: { useWorkerVersioning: true, version: { deploymentName: taskQueue, buildId: 'test' }, defaultVersioningBehavior: 'PINNED' },
    };
    for (const queue of [taskQueue, `${taskQueue}-tables`]) workers.push(await Worker.create({ ...shared, taskQueue: queue, ...(queue === taskQueue ? {} : { maxConcurrentActivityTaskExecutions: 1 }) }));
    ended.push(...workers.map((worker) => worker.run()));
    await makeCurrent(temporal);
    await aDay(copied);
  });
  after(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(ended);
    await temporal.dispose();
    await world.dispose();
  });

  async function aDay(property: string, over = DAY): Promise<void> {
    await world.takeIn(property, readingsIn(spanOf(over, 'UTC'), world.settings));
    for (const level of LEVELS) await world.rollSpan(property, level, spanOf(over, 'UTC'));
  }
  /** The steps of a property, each as often as it was begun. */
  const stepsOf = (property: string): string[] => calls.filter((call) => call.startsWith(`${property} `)).map((call) => call.slice(property.length + 1));
  const rebuild = (property: string): Promise<RollupServingFigures> => temporal.client.workflow.execute('rollupServing', { workflowId: servingId(property), taskQueue: temporal.taskQueue, args: [{ property, graceSeconds: 0.2 }] });
  const read = (property: string): Promise<readonly SeriesBucket[] | null> => world.seriesStore.readSeries({ property, level: 'hour', member, span: day });
  const tables = async (property: string): Promise<string[]> => (await world.cassandra.execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [world.cassandra.keyspace])).rows.map((row) => String(row.table_name)).filter((name) => name.startsWith(tableOf(property, 1).slice(0, -1)));
  const flip = (table: string, column = 'max') => world.cassandra.execute(`UPDATE ${table} USING TIMESTAMP 50 SET ${column} = 77777 WHERE level = 'hour' AND member = ? AND period = '2019-01' AND start = ? AND platform = 'twitter'`, [member, spanOf('2019-01-01_07', 'UTC').from]);

  test('a rebuild while many read: no error, no mixture, each answer is that of before or of after; the table of before is gone', async () => {
    assert.equal(await read(copied), null);
    const first = await rebuild(copied);
    assert.deepEqual([first.copy, first.buckets, first.dropped], [1, 1440 + 24 + 1, []]);
    const after = await read(copied);
    assert.equal(after?.length, 24);
    assert.deepEqual(after[7]?.rows.map(({ platform, count }) => [platform, count]), [['facebook', 1], ['twitter', 1]]);
    // The old copy is told apart by a value that the new one has right.
    await flip(tableOf(copied, 1));
    const before = await read(copied);
    assert.notDeepEqual(before, after);
    const [answers, wanted] = [{ before: 0, after: 0 }, { before: JSON.stringify(before), after: JSON.stringify(after) }];
    let isOver = false;
    const readers = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const answer = JSON.stringify(await read(copied));
        assert.ok(answer === wanted.before || answer === wanted.after, answer);
        answers[answer === wanted.before ? 'before' : 'after'] += 1;
      }
    });
    const second = await rebuild(copied).finally(() => { isOver = true; });
    await Promise.all(readers);
    assert.deepEqual(await read(copied), after);
    assert.deepEqual([second.copy, second.dropped, await tables(copied)], [2, [1], [tableOf(copied, 2)]]);
    assert.ok(answers.before > 0 && answers.after > 0, JSON.stringify(answers));
  });

  test('killed at any step, before or after its work, a rebuild has the same figures and leaves no table behind', async () => {
    const span = { from: day.from, to: day.from + 7200 };
    await world.takeIn(killed, readingsIn(span, world.settings));
    for (const level of ['minute', 'hour'] as const) await world.rollSpan(killed, level, span);
    await rebuild(killed);
    const [wanted, before] = [await read(killed), stepsOf(killed).length];
    assert.equal(wanted?.length, 2);
    await rebuild(killed);
    const steps = stepsOf(killed).slice(before);
    assert.deepEqual(steps, ['openCopy', 'ensureSeriesTable', 'copyBuckets', 'copyBuckets', 'copyBuckets', 'verifyCopy', 'turnToCopy', 'dropSeriesTable']);
    for (const [when, kills] of [['before', [1, 3, 5, 7]], ['after', [0, 1, 6, 7]]] as const) {
      for (const at of kills) {
        const done = stepsOf(killed).length;
        deaths.set(`${killed} ${done + at + 1}`, when);
        const { copy, buckets } = await rebuild(killed);
        assert.deepEqual([buckets, await tables(killed), await read(killed)], [122, [tableOf(killed, copy)], wanted], `killed ${when} step ${at}`);
        assert.deepEqual(stepsOf(killed).slice(done), steps.toSpliced(at, 0, steps[at]!), 'one step was done again'); // there are eight
      }
    }
    assert.equal((await world.seriesStore.listCopies(killed)).length, 1);
  });

  test('a copy with one value that is off is named with its bucket and dropped; the one of before stays', async () => {
    const [store, real] = [world.seriesStore, createSeriesCopies(world.cassandra)];
    const { copy } = (await real.readLive(copied))!; // one is read
    const wanted = await read(copied);
    try {
      // A write that goes wrong on its way.
      store.writeBuckets = async (key, buckets) => {
        await real.writeBuckets(key, buckets);
        if (buckets.some(({ seal }) => seal.level === 'hour')) await flip(tableOf(copied, key.copy), 'sum');
      };
      await assert.rejects(rebuild(copied), (error: WorkflowFailedError) => /^hour 2019-01-01_07 \(shard \d\) holds a sum of .* rows of copy \d+, and was sealed with .*: the copy was dropped, and readers stay where they are/.test(String(error.cause?.message)));
    } finally {
      store.writeBuckets = real.writeBuckets;
    }
    assert.deepEqual([await tables(copied), await read(copied)], [[tableOf(copied, copy)], wanted]);
  });

  test('what is built after is in the copy by the work of the change alone, at every level', async () => {
    const copy = async (over = day): Promise<number[]> => {
      const brought = [];
      for (const level of LEVELS) brought.push((await inStep(() => copyBuckets(world.plugs)({ property: copied, level, span: over, copy: null, from: null }))).read);
      return brought;
    };
    assert.deepEqual(await copy(), [0, 0, 0]);
    await world.takeIn(copied, [{ member, platform: 'twitter', second: spanOf('2019-01-01_09-30', 'UTC').from, value: 5 }]);
    for (const level of LEVELS) await world.rollSpan(copied, level, day);
    const [minutes, hours, days] = await copy();
    // One reading of its minute; the rows of one shard of an hour and of the day.
    assert.equal(minutes, 1);
    assert.ok(hours! > 0 && hours === days && hours! < 10, `${hours} rows`); // there are three
    assert.deepEqual(await copy(), [0, 0, 0]);
    assert.deepEqual((await read(copied))?.map(({ revision }) => revision).filter((revision) => revision > 1), [2]);
    assert.deepEqual(await inStep(() => copyBuckets(world.plugs)({ property: 'nobody', level: 'day', span: day, copy: null, from: null })), { copied: 0, read: 0, next: null });
  });

  test('a copy whose table is not made yet holds no stroke up; when it is, the copy finds what was built meanwhile', async () => {
    const stalled = `stalled-${uniqueName()}`;
    const keep = (level: Level, over: Span, copy: number | null = null) => inStep(() => copyBuckets(world.plugs)({ property: stalled, level, span: over, copy, from: null }));
    const { copy, span } = await inStep(() => openCopy(world.plugs)({ property: stalled, request: 'ended before its table' }));
    assert.deepEqual(span, { from: day.from, to: day.from }, 'nothing is built yet');
    await aDay(stalled);
    for (const level of LEVELS) assert.deepEqual(await keep(level, day), { copied: 0, read: 0, next: null });
    await inStep(() => ensureSeriesTable(world.plugs)({ property: stalled, copy }));
    const brought = [];
    for (const level of LEVELS) brought.push((await keep(level, span, copy)).copied);
    assert.deepEqual(brought, [2 * 1440, 2 * 24, 2], 'both shards of each');
    await world.cassandra.execute(`DROP TABLE ${tableOf(stalled, copy)}`, [], { prepare: false });
    assert.equal((await keep('hour', day)).copied, 0, 'killed while it was dropped');
    const made = await rebuild(stalled);
    assert.deepEqual([made.copy, made.buckets, made.dropped, (await read(stalled))?.length], [2, 1440 + 24 + 1, [1], 24]);
    await world.cassandra.execute(`DROP TABLE ${tableOf(stalled, 2)}`, [], { prepare: false });
    await assert.rejects(keep('hour', day), /unconfigured table|Prepared query .* not found/, 'the one that is read is missed');
  });
});
