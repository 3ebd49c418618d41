import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { takeInReadings } from '../../activities/rollup/take-in-readings.ts';
import { rollupOf } from '../../src/config.ts';
import { rollupId } from '../../src/domain/release/ids.ts';
import { bucketsIn, spanOf, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { readingsIn } from '../rollup-world.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { uniqueName } from '../world.ts';
import { injected } from './injected.ts';
import { chanceOf, drawKill, sentenceOf, type Kill } from './kills.ts';
import { quietly } from './little-shop.ts';
import { killsIn } from './struck.ts';
import { differencesOf, dumpOf, rowsHaving, type Dump } from './tables.ts';
import type { Execution } from './watched-calls.ts';

const [DAY, HOUR] = ['2019-01-01', '2019-01-01_05'];
const hour = spanOf(HOUR, 'UTC');
/** Nothing goes by age, so that no row says when it was written. */
const settings = { firstDay: DAY, platforms: ['facebook', 'twitter'], everySeconds: 20, shards: 2, retention: { readingDays: 8, minuteDays: 0, hourDays: 0 }, schedules: { paused: true, note: 'its data is made up' } };
const seed = Number(process.env.ALMANAC_TEST_SEED ?? 1);
const unique = uniqueName();

/** kill -9 of the one worker process there is, at a call drawn from what the same stroke did when nobody disturbed it. */
suite('the stroke of an hour of a rollup whose worker is killed', () => {
  let stack: TestStack;
  let faults: ReturnType<typeof killsIn>;
  const chance = chanceOf(seed);
  const [undisturbed, disturbed] = [`undisturbed-${unique}`, `disturbed-${unique}`];
  /** The executions of the step that builds, of minutes and of the hour, and everything that is kept. */
  let traced: { minute: Execution; hour: Execution; dump: Dump };
  before(async () => {
    const rollups = Object.fromEntries([undisturbed, disturbed].map((name) => [name, settings]));
    // Who is not asked here need not be there.
    const address = 'http://127.0.0.1:9';
    stack = await startTestStack({ properties: {}, env: injected('watched-steps'), configuration: { rollups, modelServer: { address }, endpoint: { address }, rollupServer: { address } } });
    faults = killsIn(stack);
    const { client, config, stores: { rollupStore } } = stack;
    await applySchedules({ client, lines: schedulesOf({ properties: {}, rollups: config.rollups }), taskQueue: config.temporal.taskQueue });
    const takeIn = takeInReadings({ rollupStore, rollupSettingsOf: (name) => rollupOf(config, name) });
    await Promise.all(Object.keys(rollups).map((name) => takeIn(name, readingsIn(hour, settings))));
    await strike(undisturbed, 'hour', hour.to);
    const [minute, ofHour, ...rest] = faults.trace().filter(({ step, endMs }) => step === 'rollBuckets' && endMs !== null);
    assert.ok(minute && ofHour && rest.length === 0, 'one step builds the minutes, one the hour');
    traced = { minute, hour: ofHour, dump: await afterMidnight(undisturbed) };
  });
  after(async () => {
    await applySchedules({ client: stack.client, lines: [], taskQueue: stack.config.temporal.taskQueue });
    await stack.stop();
  });

  /** The schedule strikes at the instant; returns when what it started has ended well. */
  async function strike(property: string, what: 'hour' | 'day', second: number): Promise<void> {
    const id = rollupId(property, what);
    await stack.client.schedule.getHandle(id).backfill({ start: new Date((second - 30) * 1000), end: new Date((second + 30) * 1000), overlap: 'BUFFER_ALL' });
    const handle = stack.client.workflow.getHandle(`${id}-${new Date(second * 1000).toISOString().slice(0, 19)}Z`);
    await eventually(async () => {
      const status = (await quietly(() => handle.describe()))?.status.name;
      assert.notEqual(status, 'FAILED');
      return status === 'COMPLETED';
    }, 120_000, `the end of ${handle.workflowId}`);
  }

  /** Everything that is kept of a rollup once midnight has built its day upon the hour. */
  async function afterMidnight(property: string): Promise<Dump> {
    await strike(property, 'day', spanOf(DAY, 'UTC').to);
    return rowsHaving(await dumpOf({ cassandra: stack.stores.cassandra, artifacts: '' }), 'property', property);
  }

  const sealed = async (property: string, level: Level): Promise<number> => (await stack.stores.rollupStore.readSeals(property, level, bucketsIn(level, hour, 'UTC'))).length;

  test('has built each minute, the hour and the day once, of every reading, when nobody disturbs it', () => {
    const seals = [...(traced.dump.tables.get('rollup_seals')?.values() ?? [])];
    assert.deepEqual(['minute', 'hour', 'day'].map((level) => seals.filter((seal) => seal.level === `"${level}"`).length), [1440 * 2, 24 * 2, 2]);
    assert.deepEqual(new Set(seals.map(({ revision }) => revision)), new Set(['1']));
    const counted = (level: string): number => seals.filter((seal) => seal.level === `"${level}"`).reduce((sum, { count }) => sum + Number(count), 0);
    assert.deepEqual(['minute', 'hour', 'day'].map(counted), Array(3).fill(readingsIn(hour, settings).length));
  });

  test('dies while its minutes are built, again while the hour is, and has the same rows in the end, each bucket sealed once', async (t) => {
    const kills = ([['minute', /^rollupStore\.(writeRows|seal)$/], ['hour', /^rollupStore\.(readRows|writeRows)$/]] as const).map(([level, calls]): Kill => {
      const kill = drawKill(chance, [traced[level]], 'worker', 'rollBuckets', calls);
      assert.ok(kill, `nothing to kill at in ${traced[level].calls.join()}`);
      return { ...kill, activityId: traced[level].activityId };
    });
    let stroke: Promise<void> | undefined;
    for (const [index, kill] of kills.entries()) {
      faults.arm([kill]);
      stroke ??= strike(disturbed, 'hour', hour.to);
      await faults.struck(kill);
      // The worker is dead, and nobody goes on yet: its step is missed after 15 seconds.
      const [minutes, hours] = [await sealed(disturbed, 'minute'), await sealed(disturbed, 'hour')];
      t.diagnostic(`seed ${seed}: ${sentenceOf(kill)}; ${minutes} of 120 shards of minutes were sealed, ${hours} of 2 of the hour`);
      assert.deepEqual([index === 0 ? minutes < 120 : minutes === 120, hours], [true, 0], `${minutes} shards of minutes and ${hours} of the hour were sealed`);
    }
    await stroke;
    assert.equal(await faults.deathsOf(kills), 2);
    assert.deepEqual(differencesOf(traced.dump, await afterMidnight(disturbed)), []);
  });
});
