import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { revisionId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import { trained } from './canned-steps.ts';
import { startWeek, WEEK } from './week-world.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';

/** A revision that somebody terminates while it is built: for want of its worker version, or because a person wants it ended. */
suite('a revision that is terminated', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  /** A week whose first revision trains until it is ended; the next try of it goes through. */
  const training = async (path: string) => {
    let tries = 0;
    const week = await startWeek(world, path, { trainModels: async () => (tries++ === 0 ? untilCancelled() : trained) });
    await eventually(async () => tries > 0, 30_000, 'the revision trains');
    return week;
  };

  test('and of which its week was told starts again under its own number', async () => {
    const week = await training('lost-version');
    await week.handle.signal('lostVersion', { workflowId: revisionId(week.property, WEEK, 1) });
    await week.revisionHandle(1).terminate('its worker version is gone');
    const status = await week.once('serving');
    assert.equal(status.live?.revision, 1);
    assert.deepEqual(await week.story(), ['openWeek', 'lookAtDays', 'timer 21600 s', 'child revision', 'signal lostVersion', 'child revision', 'timer cancelled']);
  });

  test('by a person stays ended: the week says so and waits to be asked', async () => {
    const week = await training('terminated');
    await week.handle.signal('lostVersion', { workflowId: revisionId(week.property, WEEK, 7) });
    await week.revisionHandle(1).terminate('not wanted');
    const status = await week.once('failed');
    assert.match(status.sentence, /^revision 1 failed: it was terminated; to build it again: npx almanac week rerun /);
    assert.deepEqual(await week.rerun({ from: 'extract', requestId: 'again' }), { revision: 2 });
    assert.equal((await week.once('serving')).live?.revision, 2);
  });
});
