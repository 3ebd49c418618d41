import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configFrom } from '../../src/config.ts';
import { bucketsIn, spanOf, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { createRollupRunner } from '../../src/main/spark.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findPython } from '../../src/parts/find-program.ts';
import { obtainSpark } from '../../src/parts/obtain-spark.ts';
import { listeningAddresses } from '../listening.ts';
import { killIfThere, processesOf } from '../processes.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';
import { testFolder } from '../world.ts';

const DAY = '2019-01-01';
const PROPERTY = 'followers';
/** Those with readings; the others of the day are sealed as empty, because a day is built from all its hours. */
const HOURS = ['2019-01-01_06', '2019-01-01_07', '2019-01-01_08'];
const span = { from: spanOf('2019-01-01_06', 'UTC').from, to: spanOf('2019-01-01_08', 'UTC').to };

suite('a roll-up as a job of a real Spark', { concurrency: false }, () => {
  let [own, spark]: RollupWorld[] = [];
  let folder: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    folder = await testFolder();
    const python = (await findPython('3.13')) ?? (await findPython('3.11'));
    if (python === undefined) throw new Error('neither Python 3.13 nor 3.11 is here: expected one for the driver of Spark');
    await obtainSpark({ cache: cacheFolder(), python, report: () => {} });
    const engine = { kind: 'spark', python, leastBuckets: 1, timeoutMinutes: 15, memoryMb: 1536 };
    const runnerOf = (keyspace: string) => {
      const config = configFrom({ properties: {}, rollups: { [PROPERTY]: { firstDay: DAY, platforms: ['facebook', 'twitter'], engine } } }, { ALMANAC_HOME: folder.folder, ALMANAC_KEYSPACE: keyspace, ALMANAC_CASSANDRA: process.env.ALMANAC_TEST_CASSANDRA }, join(folder.folder, 'almanac.yaml'));
      const settings = config.rollups[PROPERTY]?.engine;
      assert.equal(settings?.kind, 'spark');
      return { runner: createRollupRunner(config, settings), folder: join(folder.folder, 'jobs') };
    };
    own = await rollupWorld();
    spark = await rollupWorld({ engine: { ...engine, kind: 'spark' } }, runnerOf);
    for (const world of [own, spark]) {
      // Fractions: their sums are equal only when they are added up in the same order. One member is silent for an hour.
      const readings = readingsIn(span, { ...world.settings, everySeconds: 10 }).filter(({ member, second }) => member !== 'member-0001' || Math.floor(second / 3600) % 24 !== 7);
      await world.takeIn(PROPERTY, readings.map((reading) => ({ ...reading, value: reading.value / 7 })));
      for (const bucket of bucketsIn('hour', spanOf(DAY, 'UTC'), 'UTC')) {
        if (HOURS.includes(bucket)) continue;
        const key = { property: PROPERTY, level: 'hour', bucket } as const;
        await world.rollupStore.seal([0, 1].map((shard) => ({ seal: nextSeal({ ...key, shard }, 'nothing', contentOf([], bucket, world.settings), null), before: null })));
      }
    }
  });
  after(async () => {
    await Promise.all([own?.dispose(), spark?.dispose()]);
    await folder.dispose();
  });

  /** Every column of every row of a level, and its seals but for when their rows will be gone. */
  const tableOf = async ({ cassandra }: RollupWorld, level: Level) => {
    const rows = [];
    for await (const page of cassandra.pages('SELECT * FROM rollup_buckets WHERE level = ? ALLOW FILTERING', [level], { pageRows: 5000 })) rows.push(...page.map((row) => ({ ...row, count: Number(row.count) })));
    const seals = [];
    for await (const page of cassandra.pages('SELECT * FROM rollup_seals WHERE level = ? ALLOW FILTERING', [level], { pageRows: 5000 })) seals.push(...page.map((row) => JSON.stringify({ ...row, kept_until: null })));
    return { rows: rows.map((row) => JSON.stringify(row)).sort(), seals: seals.sort() };
  };
  const assertEqualTables = async (level: Level, wanted: { rows: number; seals: number }): Promise<void> => {
    const [mine, theirs] = await Promise.all([tableOf(own!, level), tableOf(spark!, level)]);
    assert.deepEqual(theirs, mine);
    assert.deepEqual({ rows: mine.rows.length, seals: mine.seals.length }, wanted);
  };
  const rollBoth = async (level: Level): Promise<void> => {
    const over = level === 'day' ? spanOf(DAY, 'UTC') : span;
    const [mine, theirs] = [await own!.rollSpan(PROPERTY, level, over), await spark!.rollSpan(PROPERTY, level, over)];
    assert.deepEqual(theirs, mine, 'the same was built from as many rows');
  };
  /** Once Spark is at work. */
  const killDriver = async (): Promise<void> => {
    const jobs = join(folder.folder, 'jobs');
    for (const deadline = Date.now() + 300_000; listeningAddresses(jobs).length < 2; await sleep(100)) assert.ok(Date.now() < deadline, 'no Spark began to work in five minutes');
    for (const { pid, command } of processesOf(jobs)) if (command.includes('rollup.py')) killIfThere(pid);
  };
  const jobLogs = (): string[] => readdirSync(join(folder.folder, 'jobs')).filter((name) => name.endsWith('.log'));

  test('minutes, hours and a day are those of the worker, bit for bit, with the same seals; it listens on loopback alone', async () => {
    const heard = new Set<string>();
    const listening = setInterval(() => { for (const address of listeningAddresses(join(folder.folder, 'jobs'))) heard.add(address); }, 250);
    await rollBoth('minute').finally(() => clearInterval(listening));
    assert.ok(heard.size > 0, 'Spark listened somewhere');
    assert.deepEqual([...heard].filter((address) => address !== '127.0.0.1'), []);
    await assertEqualTables('minute', { rows: 180 * 10 - 60 * 2, seals: 180 * 2 });
    await rollBoth('hour');
    await assertEqualTables('hour', { rows: 3 * 10 - 2, seals: 24 * 2 });
    await rollBoth('day');
    await assertEqualTables('day', { rows: 10, seals: 2 });
    assert.equal(jobLogs().length, 3, 'each level was one job, whose log is kept');
  });

  test('means of means are those of the worker, though a job is killed in the middle', async () => {
    const { engine } = spark!.settings;
    for (const world of [own!, spark!]) {
      Object.assign(world.settings, { semantics: 'mean-of-means', engine: { kind: 'worker' } });
      await world.rollSpan(PROPERTY, 'minute', span); // they are the same with either semantics
      for (const [level, bucket] of [...HOURS.map((hour) => ['hour', hour]), ['day', DAY]]) {
        for (const seal of await world.rollupStore.readSeals(PROPERTY, level as Level, [bucket!])) await world.rollupStore.dropRows(seal);
        await world.cassandra.execute('DELETE FROM rollup_seals WHERE property = ? AND level = ? AND bucket = ?', [PROPERTY, level, bucket]);
      }
    }
    Object.assign(spark!.settings, { engine });
    const before = await tableOf(spark!, 'hour');
    const killed = spark!.rollSpan(PROPERTY, 'hour', span);
    void killed.catch(() => undefined);
    await killDriver();
    await assert.rejects(killed, { code: 'rollup-job-failed', message: /^the job that builds 6 shards of hours of "followers" failed/ });
    assert.deepEqual((await tableOf(spark!, 'hour')).seals, before.seals, 'nothing is sealed');
    await rollBoth('hour');
    await assertEqualTables('hour', { rows: 3 * 10 - 2, seals: 24 * 2 });
    await rollBoth('day');
    await assertEqualTables('day', { rows: 10, seals: 2 });
  });
});
