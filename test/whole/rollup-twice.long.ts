import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { applySchedules } from '../../src/main/apply-schedules.ts';
import { schedulesOf } from '../../src/schedules.ts';
import { injected } from '../faults/injected.ts';
import { startWorker } from '../faults/more-workers.ts';
import { playRollup, storyRollups, storySteps } from '../faults/rollup-story.ts';
import { differencesOf, dumpOf, hashesOf, type Dump } from '../faults/tables.ts';
import { startTestStack } from '../stack.ts';
import type { Doubled } from '../faults/doubled-steps.ts';

/** Every step of rollups is done twice, the second time by another process, and what is kept is what one run of each left. */
let once: Dump;
let twice: Dump;
let doubled: Doubled[];

before(async () => {
  ({ dump: once } = await play({}));
  ({ dump: twice, doubled } = await play(injected('doubled-steps')));
});

test('every step of rollups was done twice, by two processes', () => {
  assert.deepEqual([...new Set(doubled.map(({ step }) => step))].sort(), [...storySteps]);
  assert.deepEqual(doubled.filter(({ firstPid, secondPid }) => firstPid === secondPid), []);
});

test('tables and artifacts are equal to those of steps done once', () => {
  assert.deepEqual(differencesOf(once, twice), []);
  assert.deepEqual(hashesOf(twice), hashesOf(once));
  for (const table of ['rollup_readings', 'rollup_buckets', 'rollup_seals', 'rollup_categories']) assert.ok((once.tables.get(table)?.size ?? 0) > 0, `${table} of ${[...once.tables.keys()].join()}`);
});

async function play(env: Record<string, string>): Promise<{ dump: Dump; doubled: Doubled[] }> {
  // Who is not asked here need not be there.
  const address = 'http://127.0.0.1:9';
  const stack = await startTestStack({ parts: 'own-temporal', properties: {}, configuration: { rollups: storyRollups, modelServer: { address }, endpoint: { address }, rollupServer: { address } }, env });
  const isDoubled = Object.keys(env).length > 0;
  try {
    if (isDoubled) await startWorker(stack, 'worker-2');
    await applySchedules({ client: stack.client, lines: schedulesOf({ properties: {}, rollups: stack.config.rollups }), taskQueue: stack.config.temporal.taskQueue });
    await playRollup(stack);
    const lines = isDoubled ? readFileSync(join(stack.home, 'doubled', 'done-twice.ndjson'), 'utf8').trim().split('\n') : [];
    return { dump: await dumpOf({ cassandra: stack.stores.cassandra, artifacts: join(stack.home, 'artifacts') }), doubled: lines.map((line) => JSON.parse(line) as Doubled) };
  } finally {
    await stack.stop();
  }
}
