import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { takeInList } from '../../activities/rollup/take-in-list.ts';
import { bucketsIn, spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { artifactFolder } from '../../src/stores/artifact-folder.ts';
import { inStep } from '../in-step.ts';
import { readingsIn, rollupWorld, type RollupWorld } from '../rollup-world.ts';
import { testFolder } from '../world.ts';
import type { TakenIn } from '../../activities/rollup/take-in-readings.ts';

const HOUR = '2019-01-01_05';

suite('a list of readings', () => {
  let world: RollupWorld;
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    [world, scratch] = [await rollupWorld({ everySeconds: 1, shards: 2 }), await testFolder()];
  });
  after(async () => {
    await world.dispose();
    await scratch.dispose();
  });

  async function takeIn(property: string, lines: readonly string[], cursor?: { line: number; taken: TakenIn }): Promise<TakenIn> {
    const artifacts = artifactFolder({ folder: scratch.folder });
    const list = await artifacts.put('readings', '.ndjson', Buffer.from(`${lines.join('\n')}\n`));
    return inStep(() => takeInList({ ...world.plugs, artifacts })({ property, list }), cursor);
  }
  const counted = async (property: string): Promise<number> => {
    await world.roll(property, 'minute', HOUR);
    const seals = await world.rollupStore.readSeals(property, 'minute', bucketsIn('minute', spanOf(HOUR, 'UTC'), 'UTC'));
    return seals.reduce((sum, { count }) => sum + count, 0);
  };
  const { from } = spanOf(HOUR, 'UTC');
  /** Longer than a chunk. */
  const lines = (): string[] => readingsIn({ from, to: from + 600 }, world.settings).map((reading) => JSON.stringify(reading));

  test('is stored whole, and once, however often it is taken in', async () => {
    const all = lines();
    assert.equal(all.length, 6000);
    assert.deepEqual(await takeIn('list', [...all.slice(0, 10), '', ...all.slice(10)]), { 'on-time': 6000, late: 0, aside: 0 });
    assert.equal(await counted('list'), 6000);
    assert.deepEqual(await takeIn('list', all), { 'on-time': 0, late: 6000, aside: 0 });
    assert.equal(await counted('list'), 6000);
  });

  test('goes on, after a worker that died, behind what was stored and counted', async () => {
    assert.deepEqual(await takeIn('resumed', lines(), { line: 5000, taken: { 'on-time': 4990, late: 10, aside: 0 } }), { 'on-time': 5990, late: 10, aside: 0 });
    assert.equal(await counted('resumed'), 1000, 'the lines before are not stored again');
  });

  test('with a line that is no reading is refused by the line, and nothing of it is stored', async () => {
    await assert.rejects(takeIn('wrong', [...lines(), '{"platform":"myspace"}']), { code: 'bad-argument', message: 'line 6001 of the list is no reading: platform is "myspace"; expected one of facebook, twitter; nothing of the list was stored' });
    assert.equal(await counted('wrong'), 0);
  });
});
