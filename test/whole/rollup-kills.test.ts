import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { aggregateDays } from '../../activities/rollup/aggregate-days.ts';
import { checkBuckets } from '../../activities/rollup/check-buckets.ts';
import { findLate } from '../../activities/rollup/find-late.ts';
import { rollBuckets } from '../../activities/rollup/roll-buckets.ts';
import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { takeInReadings } from '../../activities/rollup/take-in-readings.ts';
import { bucketsIn, LEVELS, spanOf, type Level } from '../../src/domain/rollup/bucket-name.ts';
import { accountsOf, gamesOf } from '../../src/domain/rollup/generator.ts';
import { contentOf, nextSeal } from '../../src/domain/rollup/seal.ts';
import { inStep } from '../in-step.ts';
import { Killed, mortal, type Life } from '../mortal.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';

const [DAY, HOUR, MINUTE] = ['2019-01-01', '2019-01-01_05', '2019-01-01_05-00'];
const [day, hour, minute] = [DAY, HOUR, MINUTE].map((name) => spanOf(name, 'UTC')) as [ReturnType<typeof spanOf>, ReturnType<typeof spanOf>, ReturnType<typeof spanOf>];
type Plugs = RollupWorld['plugs'];
type Steps = readonly ((plugs: Plugs) => Promise<unknown>)[];

const WHENS = ['before', 'after'] as const;
/** Of each step of the long story, drawn by seed from what it called when nobody killed it. */
const KILLS_PER_STEP = 2;

suite('a rollup whose steps are killed', () => {
  let world: RollupWorld;
  before(async () => { world = await rollupWorld({ everySeconds: 30, shards: 1 }); });
  after(() => world.dispose());

  const late = { platform: 'twitter', member: 'member-0001', second: minute.from + 7, value: 5 };
  const roll = (property: string, level: Level, span: { from: number; to: number }) => (plugs: Plugs) => inStep(() => rollBuckets(plugs)({ property, level, span, after: null, again: [] }));
  const takeIn = (property: string, readings: ReturnType<typeof readingsIn>) => (plugs: Plugs) => takeInReadings(plugs)(property, readings);

  /** Readings, their minute, readings that come late, and their minute again. */
  const ofAMinute = (property: string): Steps => [takeIn(property, readingsIn(minute, world.settings)), roll(property, 'minute', minute), takeIn(property, [late]), roll(property, 'minute', minute), roll(property, 'minute', minute)];

  /** A day of one hour, through every level into totals by category, and again after something came late. */
  function ofADay(property: string): Steps {
    const chain = LEVELS.flatMap((level) => {
      const span = level === 'day' ? day : hour;
      return [roll(property, level, span), (plugs: Plugs) => inStep(() => checkBuckets(plugs)({ property, level, span }))];
    });
    const totals = (plugs: Plugs) => inStep(() => aggregateDays(plugs)({ property, span: day }));
    const find = (plugs: Plugs) => inStep(() => findLate(plugs)({ property }));
    return [takeIn(property, readingsIn({ from: hour.from, to: hour.from + 300 }, world.settings)), find, ...chain, totals, takeIn(property, [late]), find, ...chain, totals];
  }

  /** The hours in which nothing came, and who plays what. */
  async function aDay(property: string): Promise<void> {
    const empty = bucketsIn('hour', day, 'UTC').filter((bucket) => bucket !== HOUR);
    await Promise.all(empty.map((bucket) => world.rollupStore.seal([{ seal: nextSeal({ property, level: 'hour', bucket, shard: 0 }, 'nothing', contentOf([], bucket, world.settings), null), before: null }])));
    const made = { seed: 7, members: 5, platforms: world.settings.platforms, firstDay: DAY!, days: 2 };
    await world.plugs.categoryStore.writeGames(property, gamesOf(made));
    await world.plugs.categoryStore.writeAccounts(property, accountsOf(made));
  }

  /** Each step is tried until it ends; one of them dies once. Gives the calls of each. */
  async function live(steps: Steps, kill: { step: number; call: number; when: Life['when'] } | null): Promise<string[][]> {
    const traces: string[][] = [];
    for (const [at, step] of steps.entries()) {
      const life: Life = { calls: [], dieAt: kill?.step === at ? kill.call : 0, when: kill?.when ?? 'before', isOver: false };
      const plugs = { ...world.plugs, rollupStore: mortal(world.rollupStore, life), categoryStore: mortal(world.plugs.categoryStore, life) };
      if (life.dieAt === 0) await step(plugs);
      else {
        await assert.rejects(step(plugs), Killed);
        await step(world.plugs);
      }
      traces.push(life.calls);
    }
    return traces;
  }

  async function tables(property: string) {
    const seals = (await Promise.all(LEVELS.map((level) => world.rollupStore.readSeals(property, level, bucketsIn(level, level === 'minute' ? hour : day, 'UTC'))))).flat();
    const rows = await Promise.all(seals.filter(({ rows: count }) => count > 0).map((seal) => rowsOf(world.plugs, seal)));
    const totals = await world.plugs.categoryStore.readDay(property, DAY!);
    return { seals: seals.map((seal) => ({ ...seal, property: '', keptUntil: 0 })), rows, totals: { ...totals, property: '' }, late: (await world.rollupStore.listLate(property, DAY!)).map((key) => key.minute) };
  }

  test('has the same tables as one that is not, wherever it dies in a minute: each revision once, nothing late forgotten', async () => {
    const traces = await live(ofAMinute('undisturbed'), null);
    const wanted = await tables('undisturbed');
    assert.deepEqual([wanted.seals.map(({ revision, count }) => [revision, count]), wanted.late], [[[2, 21]], [MINUTE]]);
    const points = traces.flatMap((calls, step) => calls.flatMap((_, at) => WHENS.map((when) => ({ step, call: at + 1, when }))));
    assert.ok(points.length >= 40, `${points.length} points`);
    await Promise.all(points.map(async (kill) => {
      const property = `killed-${kill.when}-${kill.step}-${kill.call}`;
      await live(ofAMinute(property), kill);
      assert.deepEqual(await tables(property), wanted, `killed ${kill.when} ${traces[kill.step]?.[kill.call - 1]}, call ${kill.call} of step ${kill.step}`);
    }));
  });

  test('and wherever it dies between a reading and the totals by category, twice over: before and after something came late', async (t) => {
    await aDay('whole');
    const traces = await live(ofADay('whole'), null);
    const wanted = await tables('whole');
    assert.deepEqual(['minute', 'hour', 'day'].map((level) => wanted.seals.filter((seal) => seal.level === level && seal.rows > 0).map(({ revision }) => revision)), [[2, 1, 1, 1, 1], [2], [2]]);
    assert.deepEqual([wanted.totals.rows?.length !== 0, wanted.late], [true, [MINUTE]]);
    const random = xoroshiro128plus(17);
    const points = traces.flatMap((calls, step) => Array.from({ length: KILLS_PER_STEP }, () => ({ step, call: uniformInt(random, 1, calls.length), when: WHENS[uniformInt(random, 0, 1)]! })));
    t.diagnostic(`${traces.flat().length} calls, killed at ${points.length}`);
    for (let at = 0; at < points.length; at += 8) {
      await Promise.all(points.slice(at, at + 8).map(async (kill, index) => {
        const property = `day-${at + index}`;
        await aDay(property);
        await live(ofADay(property), kill);
        assert.deepEqual(await tables(property), wanted, `killed ${kill.when} ${traces[kill.step]?.[kill.call - 1]}, call ${kill.call} of step ${kill.step}`);
      }));
    }
  });
});
