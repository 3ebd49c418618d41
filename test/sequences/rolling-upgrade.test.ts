import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../stack.ts';
import { trained } from './canned-steps.ts';
import { startWeek, type TestWeek } from './week-world.ts';
import { sequenceWorld, type SequenceWorld } from './world.ts';

/** Workers of two versions side by side. test/whole/rolling-upgrade.long.ts does the same with whole stacks, in minutes. */
suite('a rolling upgrade', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  /** How a week's first revision stands, and the worker version that it is pinned to. */
  async function run({ revisionHandle }: TestWeek): Promise<{ status: string; version: string | undefined; endedMs: number }> {
    const { status, closeTime, raw } = await revisionHandle(1).describe();
    return { status: status.name, version: raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined, endedMs: closeTime?.getTime() ?? Infinity };
  }

  test('with 24 weeks in flight: each revision ends on the version it began with, and none fails', async () => {
    let [training, release] = [0, (): void => undefined];
    const released = new Promise<void>((done) => { release = done; });
    const trainModels = async () => {
      training += 1;
      await released;
      return trained;
    };
    const old = await Promise.all(Array.from({ length: 24 }, () => startWeek(world, 'rolling', { trainModels })));
    await eventually(async () => training === old.length, 60_000, 'all of them train');

    await world.upgrade('next');
    const young = await Promise.all(Array.from({ length: 6 }, () => startWeek(world, 'rolling')));
    for (const week of young) await week.once('serving');
    const before = await Promise.all([...old, ...young].map(run));
    assert.deepEqual(new Set(before.slice(0, 24).map(({ status, version }) => `${status} on ${version}`)), new Set(['RUNNING on now']), 'nothing was moved');
    release();
    for (const week of old) await week.once('serving');
    const after = await Promise.all([...old, ...young].map(run));
    assert.deepEqual(after.map(({ status, version }) => `${status} on ${version}`), [...old.map(() => 'COMPLETED on now'), ...young.map(() => 'COMPLETED on next')]);
    const [lastOfNext, firstOfNow] = [Math.max(...after.slice(24).map(({ endedMs }) => endedMs)), Math.min(...after.slice(0, 24).map(({ endedMs }) => endedMs))];
    assert.ok(lastOfNext < firstOfNow, 'both versions were seen finishing, the newer one first');
  });
});
