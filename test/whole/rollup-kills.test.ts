import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { rollBuckets } from '../../activities/rollup/roll-buckets.ts';
import { rowsOf } from '../../activities/rollup/build-bucket.ts';
import { takeInReadings } from '../../activities/rollup/take-in-readings.ts';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';
import type { RollupStore } from '../../src/ports/rollup-store.ts';

const MINUTE = '2019-01-01_05-00';
const span = spanOf(MINUTE, 'UTC');

/** Dies at one call of the store, before it is done or after it and before anybody hears of it; then lives on. */
function dying(store: RollupStore, at: number, when: 'before' | 'after'): { store: RollupStore; calls(): number } {
  let calls = 0;
  const die = (): never => {
    throw new Error('killed');
  };
  const wrapped = Object.fromEntries(Object.entries(store).map(([name, call]) => [name, (...args: never[]) => {
    calls += 1;
    const isHere = calls === at;
    if (name.startsWith('read') && name.endsWith('s') && !['readSeals', 'readInputs'].includes(name)) return isHere ? die() : (call as (...given: never[]) => unknown)(...args);
    return (async () => {
      if (isHere && when === 'before') die();
      const result: unknown = await (call as (...given: never[]) => Promise<unknown>)(...args);
      if (isHere) die();
      return result;
    })();
  }])) as unknown as RollupStore;
  return { store: wrapped, calls: () => calls };
}

suite('a rollup whose steps are killed', () => {
  let world: RollupWorld;
  before(async () => { world = await rollupWorld({ everySeconds: 30, shards: 1 }); });
  after(() => world.dispose());

  /** Readings, their minute, readings that come late, and their minute again: each step is tried until it ends. */
  async function story(property: string, at: number, when: 'before' | 'after'): Promise<number> {
    const { store, calls } = dying(world.rollupStore, at, when);
    const plugs = { ...world.plugs, rollupStore: store };
    const readings = readingsIn(span, world.settings);
    const roll = (): Promise<unknown> => inStep(() => rollBuckets(plugs)({ property, level: 'minute', span, after: null, again: [] }));
    const late = [{ platform: 'twitter', member: 'member-0001', second: span.from + 7, value: 5 }];
    for (const step of [() => takeInReadings(plugs)(property, readings), roll, () => takeInReadings(plugs)(property, late), roll, roll]) {
      for (let tries = 0; ; tries += 1) {
        try {
          await step();
          break;
        } catch (error) {
          assert.ok(tries === 0 && error instanceof Error && error.message === 'killed', String(error));
        }
      }
    }
    return calls();
  }

  async function tables(property: string) {
    const seals = await world.rollupStore.readSeals(property, 'minute', [MINUTE]);
    return { seals: seals.map((seal) => ({ ...seal, property: '', keptUntil: 0 })), rows: await Promise.all(seals.map((seal) => rowsOf(world.plugs, seal))), late: (await world.rollupStore.listLate(property, '2019-01-01')).map(({ minute }) => minute) };
  }

  test('has the same tables as one that is not, wherever it dies: each revision once, nothing late forgotten', async () => {
    const calls = await story('undisturbed', 0, 'before');
    const wanted = await tables('undisturbed');
    assert.deepEqual([wanted.seals.map(({ revision, count }) => [revision, count]), wanted.late], [[[2, 21]], [MINUTE]]);
    assert.ok(calls >= 20, `${calls} calls`);
    for (const when of ['before', 'after'] as const) {
      await Promise.all(Array.from({ length: calls }, async (_, at) => {
        const property = `killed-${when}-${at}`;
        await story(property, at + 1, when);
        assert.deepEqual(await tables(property), wanted, `killed ${when} call ${at + 1}`);
      }));
    }
  });
});
