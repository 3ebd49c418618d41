import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { ScoredRow } from '../../src/ports/people-store.ts';

/** The example as a stranger runs it: a process of its own that knows addresses, a property, a week and some ids. */
const program = join(import.meta.dirname, '../../examples/ad-hoc-cohort/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'almanac-example-'));
const WEEK = '2026-W11';
const AS_OF = '2026-03-16';
let stack: TestStack;
let property: string;

before(async () => {
  writeSmallShop(join(folder, 'days'));
  stack = await startTestStack({ properties: { small: smallShopProperty(join(folder, 'days')) } });
  property = stack.named('small');
  await (await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: '2026-03-15', which: 'missing', order: 'oldest', weeks: false })).result();
  await stack.almanac.weeks.run(property, WEEK);
  await eventually(async () => (await stack.almanac.weeks.status(property, WEEK))?.phase === 'serving', 300_000, `${WEEK} serving`);
});
after(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('it scores a list and a filter, and has the week built again', async (t) => {
  const known = await stack.stores.peopleStore.pageScores({ property, week: WEEK, revision: 1, shard: 0 }, { limit: 3 });
  assert.equal(known.length, 3);
  const list = join(folder, 'people.txt');
  writeFileSync(list, [...known.map(({ user }) => user), 'nobody', ''].join('\n'));

  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', program, property, WEEK, AS_OF, list], { env: { ...process.env, ...stack.env }, timeout: 300_000 });
  t.diagnostic(stdout);
  assert.match(stdout, /^cohort list-\w+: 3 of 4 people scored; 1 unknown, 0 with too little history$/m);
  // The week's own people, as of the week's own cut, by the week's own model: the week's own scores.
  const rowOf = ({ user, prediction, decile }: ScoredRow) => `  ${user}  ${prediction.toFixed(6)}  decile ${decile}`;
  const expected = known.toSorted((a, b) => b.prediction - a.prediction).map(rowOf).join('\n');
  assert.ok(stdout.includes(expected), `expected:\n${expected}`);

  const [, scored = '', people = ''] = /^cohort active-\w+: (\d+) of (\d+) people scored/m.exec(stdout) ?? [];
  assert.ok(Number(scored) > 10 && Number(people) >= Number(scored), 'the filter finds people');
  assert.match(stdout, new RegExp(`^week ${WEEK}: revision 2 is being built$`, 'm'));
  assert.match(stdout, new RegExp(`^week ${WEEK}: revision 2 serves \\d+ people at http://127\\.0\\.0\\.1:\\d+/${property}/${WEEK}`, 'm'));
  assert.equal((await stack.almanac.weeks.status(property, WEEK))?.live?.revision, 2);
});

test('without arguments it says how it is used', async () => {
  const refused = await promisify(execFile)(process.execPath, [program]).catch((error: { code: number; stderr: string }) => error);
  assert.equal('code' in refused && refused.code, 64);
  assert.match(refused.stderr, /^usage: node main\.ts <property> <week>/m);
});
