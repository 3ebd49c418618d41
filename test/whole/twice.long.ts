import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createActivities } from '../../activities/index.ts';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { everyStep } from '../faults/chapters.ts';
import { injected } from '../faults/injected.ts';
import { gapsProperty, littleShopProperties, writeLittleShop } from '../faults/little-shop.ts';
import { startWorker } from '../faults/more-workers.ts';
import { storySteps } from '../faults/rollup-story.ts';
import { differencesOf, dumpOf, hashesOf, type Dump } from '../faults/tables.ts';
import { startTestStack } from '../stack.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { Doubled } from '../faults/doubled-steps.ts';

/** Every step is done twice, the second time by another process, and what is kept is what one run of each left. */
const NOT_HERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(storySteps.map((step) => [step, 'of rollups; test/whole/rollup-twice.long.ts does it twice'])),
  ...Object.fromEntries(['lookAtData', 'lookAtPrograms', 'restartPart', 'writeHealthLines'].map((step) => [step, 'of health, which keeps when it looked; test/sequences/health.test.ts and test/whole/health.test.ts'])),
  waiveDay: 'a command of people; test/whole/ingest.test.ts repeats it',
  forgetKey: 'a command of people; test/whole/publish.test.ts repeats it',
  revokeKeys: 'a command of people; test/whole/publish.test.ts repeats it',
  lookAtProvisional: 'only of a provisional week; it reads and keeps nothing',
  markFinal: 'only of a provisional week; test/contracts/release-store.test.ts repeats it',
  leaveUncompared: 'only where a comparison is given up; test/sequences/reconcile.test.ts repeats it',
  reconcileDay: 'only of a source with reports; test/whole/ga4-reconcile.test.ts repeats it',
  refuseRelease: 'only after an endpoint that answers wrong for good; test/whole/publish.test.ts repeats it',
};
const folder = mkdtempSync(join(tmpdir(), 'almanac-little-'));
let once: Dump;
let twice: Dump;
let doubled: Doubled[];

before(async () => {
  writeLittleShop(folder);
  ({ dump: once } = await play({}));
  ({ dump: twice, doubled } = await play(injected('doubled-steps')));
});
after(() => rmSync(folder, { recursive: true }));

test('every step that the chapters reach was done twice, by two processes', () => {
  const expected = Object.keys(createActivities({} as Plugs)).filter((step) => !(step in NOT_HERE)).sort();
  assert.deepEqual([...new Set(doubled.map(({ step }) => step))].sort(), expected);
  assert.deepEqual(doubled.filter(({ firstPid, secondPid }) => firstPid === secondPid), []);
});

test('tables and artifacts are equal to those of steps done once', () => {
  assert.deepEqual(differencesOf(once, twice), []);
  assert.deepEqual(hashesOf(twice), hashesOf(once));
});

async function play(env: Record<string, string>): Promise<{ dump: Dump; doubled: Doubled[] }> {
  const stack = await startTestStack({ parts: 'own-temporal', properties: { ...littleShopProperties(folder), ...gapsProperty(folder) }, env });
  const isDoubled = Object.keys(env).length > 0;
  try {
    if (isDoubled) await startWorker(stack, 'worker-2');
    await applySchedules({ client: stack.client, lines: schedulesOf(stack.config), taskQueue: stack.config.temporal.taskQueue });
    for (const chapter of everyStep) await chapter.play(stack);
    const lines = isDoubled ? readFileSync(join(stack.home, 'doubled', 'done-twice.ndjson'), 'utf8').trim().split('\n') : [];
    return { dump: await dumpOf({ cassandra: stack.stores.cassandra, artifacts: join(stack.home, 'artifacts') }), doubled: lines.map((line) => JSON.parse(line) as Doubled) };
  } finally {
    await stack.stop();
  }
}
