import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { longChapters } from './chapters.ts';
import { chanceOf, sentenceOf, TARGETS, type Kill } from './kills.ts';
import { assertSurvived, drawLong, openStage, prepareGround, type Ground, type Played, type Stage } from './trials.ts';

/** 25 trials: inside every step that a sequence calls somebody is killed, and every kind of process dies. */
const seed = Number(process.env.ALMANAC_TEST_SEED ?? Date.now() % 1_000_000);
const undisturbed: Played[] = [];
let ground: Ground;
let disturbed: Stage;
let kills: Kill[][];

before(async () => {
  ground = prepareGround();
  const stage = await openStage(ground);
  try {
    for (const chapter of longChapters) undisturbed.push(await stage.play(chapter));
  } finally {
    await stage.stop();
  }
  kills = drawLong(chanceOf(seed), undisturbed.map(({ trace }) => trace));
  disturbed = await openStage(ground);
});
after(async () => {
  await disturbed?.stop();
  ground.remove();
});

test('there are 25 trials, a kill inside every step, and every kind of process dies', (t) => {
  t.diagnostic(`ALMANAC_TEST_SEED=${seed}, ${kills.flat().length} kills`);
  const steps = new Set(undisturbed.flatMap(({ trace }) => trace.map(({ step }) => step)));
  assert.equal(kills.length, 25);
  assert.deepEqual([...new Set(kills.flat().map(({ step }) => step))].sort(), [...steps].sort());
  assert.deepEqual([...new Set(kills.flat().map(({ target }) => target))].sort(), [...TARGETS].sort());
});

for (const [index, chapter] of longChapters.entries()) {
  test(`${chapter.name}: what is killed in it changes nothing that is kept`, async (t) => {
    const drawn = kills[index]!; // a list a chapter
    for (const kill of drawn) t.diagnostic(`seed ${seed}: ${sentenceOf(kill)}`);
    const played = await disturbed.play(chapter, drawn);
    t.diagnostic(`${undisturbed[index]?.seconds} s undisturbed, ${played.seconds} s with ${drawn.length} kills`);
    assertSurvived(played, undisturbed[index]!.dump); // played above
  });
}
