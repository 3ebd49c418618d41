import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { history, shortChapters } from './chapters.ts';
import { chanceOf, sentenceOf, TARGETS, type Kill } from './kills.ts';
import { assertSurvived, drawShort, openStage, prepareGround, type Ground, type Played, type Stage } from './trials.ts';

/**
 * kill -9 of every process and of the whole tree, each at a place drawn from what an undisturbed run did, in the middle
 * of a step. The seed is the same each time, so that a red run is a change of ours; the long trials draw anew. ALMANAC_TEST_SEED takes another.
 */
const seed = Number(process.env.ALMANAC_TEST_SEED ?? 1);
const undisturbed: Played[] = [];
let ground: Ground;
let disturbed: Stage;
let kills: Kill[];

before(async () => {
  ground = prepareGround();
  const stage = await openStage(ground);
  try {
    await stage.play(history);
    for (const chapter of shortChapters) undisturbed.push(await stage.play(chapter));
  } finally {
    await stage.stop();
  }
  kills = drawShort(chanceOf(seed), shortChapters, undisturbed.map(({ trace }) => trace));
  disturbed = await openStage(ground);
  await disturbed.play(history);
});
after(async () => {
  await disturbed?.stop();
  ground.remove();
});

test('the trials kill every kind of process, and the whole tree', (t) => {
  t.diagnostic(`ALMANAC_TEST_SEED=${seed}`);
  assert.deepEqual(kills.map(({ target }) => target).sort(), [...TARGETS].sort());
});

for (const [index, { name, target }] of shortChapters.entries()) {
  test(`${name}: kill -9 of the ${target} changes nothing that is kept`, async (t) => {
    const kill = kills[index]!; // one a chapter
    t.diagnostic(`seed ${seed}: ${sentenceOf(kill)}`);
    const played = await disturbed.play(shortChapters[index]!, [kill]);
    t.diagnostic(`${undisturbed[index]?.seconds} s undisturbed, ${played.seconds} s with the kill`);
    assertSurvived(played, undisturbed[index]!.dump);
  });
}
