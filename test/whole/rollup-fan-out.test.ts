import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rowsOf } from '../../activities/rollup/proven-rows.ts';
import { bucketsIn, LEVELS, spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { recomputeId } from '../../src/domain/release/ids.ts';
import { clockWorld, type ClockWorld } from '../rollup-clock.ts';
import { readingsIn } from '../rollup-world.ts';
import type { RollupStore } from '../../src/ports/rollup-store.ts';
import type { RollupFigures } from '../../workflows/rollup-levels.ts';

const HOUR = '2019-01-01_05';
const SHARDS = 40;
const span = spanOf(HOUR, 'UTC');

suite('a rollup of many shards', () => {
  let world: ClockWorld;
  before(async () => { world = await clockWorld({ everySeconds: 60, shards: SHARDS }); });
  after(() => world.dispose());

  async function tables(property: string) {
    const seals = (await Promise.all(LEVELS.map((level) => world.rollupStore.readSeals(property, level, bucketsIn(level, span, 'UTC'))))).flat();
    return { seals: seals.map((seal) => ({ ...seal, property: '', keptUntil: 0 })), rows: await Promise.all(seals.filter(({ rows }) => rows > 0).map((seal) => rowsOf(world.plugs, seal))) };
  }

  test('is built by several workers, each of them a part, and gives the tables that one alone gives', async () => {
    for (const property of [world.property, 'alone']) await world.takeIn(property, readingsIn(span, world.settings));
    for (const level of ['minute', 'hour'] as const) await world.rollSpan('alone', level, span);

    const parts: Record<string, Set<string>> = { one: new Set(), other: new Set() };
    const begun = new Map(Object.keys(parts).map((name) => [name, new Set<string>()]));
    const met = Object.fromEntries(['minute', 'hour'].map((level) => [level, Promise.withResolvers<void>()]));
    // A worker takes one step at a time, and none ends a part before the other has begun one: each must take its share.
    const watched = (name: string): RollupStore => ({
      ...world.rollupStore,
      async seal(changes) {
        const level = changes[0]?.seal.level ?? '';
        begun.get(name)?.add(level);
        if ([...begun.values()].every((levels) => levels.has(level))) met[level]?.resolve();
        await met[level]?.promise;
        const isOurs = await world.rollupStore.seal(changes);
        if (isOurs) for (const { seal } of changes) parts[name]?.add(`${seal.level} ${seal.bucket} ${seal.shard}`);
        return isOurs;
      },
    });
    await Promise.all(Object.keys(parts).map((name) => world.startWorker({ store: watched(name), stepsAtOnce: 1 })));
    const input = { property: world.property, level: 'minute', from: HOUR, to: HOUR } as const;
    const { client, taskQueue } = world.temporal;
    const start = (level: 'minute' | 'hour') => client.workflow.execute('rollupRecompute', { workflowId: recomputeId(world.property, level, HOUR, HOUR), taskQueue, args: [{ ...input, level }] }) as Promise<RollupFigures>;
    for (const [level, most] of [['minute', 60], ['hour', 1]] as const) {
      const { built } = await start(level);
      const { events = [] } = await client.workflow.getHandle(recomputeId(world.property, level, HOUR, HOUR)).fetchHistory();
      // A step that a busy store had tried again counts what its last attempt built.
      const isAgain = (events ?? []).some(({ activityTaskStartedEventAttributes: began }) => (began?.attempt ?? 1) > 1);
      assert.deepEqual({ ...built, [level]: isAgain ? most : built[level] }, { minute: 0, hour: 0, day: 0, [level]: most });
    }

    const [one, other] = Object.values(parts) as [Set<string>, Set<string>];
    for (const level of ['minute', 'hour']) for (const part of [one, other]) assert.ok([...part].some((each) => each.startsWith(level)), `both build some of each ${level}`);
    assert.deepEqual([...one].filter((each) => other.has(each)), [], 'nothing is built twice');
    assert.equal(one.size + other.size, 61 * SHARDS);
    assert.deepEqual(await tables(world.property), await tables('alone'));
    const again = await client.workflow.execute('rollupRecompute', { workflowId: `${recomputeId(world.property, 'hour', HOUR, HOUR)}/again`, taskQueue, args: [{ ...input, level: 'hour' }] }) as RollupFigures;
    assert.deepEqual([again.built, again.revised, again.read], [{ minute: 0, hour: 0, day: 0 }, { minute: 0, hour: 0, day: 0 }, 0]);
  });
});
