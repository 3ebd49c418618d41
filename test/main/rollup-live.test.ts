import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { accountsOf, gamesOf } from '../../src/domain/rollup/generator.ts';
import { commandLine } from '../command-line.ts';
import { readingsIn } from '../rollup-world.ts';
import { startTestStack, type TestStack } from '../stack.ts';
import type { ComparedRow } from '../../src/domain/rollup/compared-days.ts';
import type { Total } from '../../src/domain/rollup/total.ts';

const [FIRST, SECOND] = ['2019-01-01', '2019-01-02'];
const settings = { platforms: ['facebook', 'twitter'], everySeconds: 1800 };
const name = 'followers';

/** An operator's day with a rollup at the command line, against a stack that runs: history comes in, and what came too late. */
suite('the command almanac and a rollup, with everything running', () => {
  let stack: TestStack;
  before(async () => {
    stack = await startTestStack({ parts: 'own-temporal', properties: {}, configuration: { rollups: { [name]: { ...settings, firstDay: FIRST, shards: 1 } } } });
  });
  after(() => stack.stop());

  const { almanac, json } = commandLine(() => stack.env);
  async function said(...args: string[]): Promise<string> {
    const { code, out, err } = await almanac(...args);
    assert.equal(code, 0, err || out);
    return out;
  }
  function list(file: string, lines: readonly object[]): string {
    const path = join(stack.home, file);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return path;
  }
  const days = { from: spanOf(FIRST, 'UTC').from, to: spanOf(SECOND, 'UTC').to };
  const history = readingsIn(days, settings);
  const late = { platform: 'twitter', member: 'member-0001', second: days.from + 5 * 3600 + 7, value: 5 };
  const shown = () => json<Total[]>(0, 'rollup', 'show', name, FIRST).then((totals) => totals.find(({ member }) => member === late.member));

  test('history is taken in, described, built and totalled; each command says what is to be typed next', async () => {
    assert.match(await said('rollup', 'take-in', name, list('readings.ndjson', history)), new RegExp(`^${history.length} readings came into open minutes, 0 open theirs again, 0 came too late, .*npx almanac rollup recompute ${name} day <from>..<to>\n$`));
    const made = { seed: 7, members: 5, platforms: settings.platforms, firstDay: FIRST, days: 2 };
    assert.match(await said('rollup', 'describe', name, '--accounts', list('accounts.ndjson', accountsOf(made)), '--games', list('games.ndjson', gamesOf(made))), /^\d+ accounts, \d+ games; for days that have totals: npx almanac aggregate recompute followers <range>\n$/);
    assert.match(await said('rollup', 'recompute', name, 'day', `${FIRST}..${SECOND}`), /^minutes +2,?880 +built +0 +revised\nhours +48 +built +0 +revised\ndays +2 +built +0 +revised\n[\d,]+ rows read\n$/);
    assert.match(await said('aggregate', 'recompute', name, `${FIRST}..${SECOND}`), /^2019-01-01, 2019-01-02: [\d,]+ rows read\n$/);
    assert.equal(await said('aggregate', 'recompute', name, `${FIRST}..${SECOND}`), 'all totals are made from what is there\n');
    const [day] = [history.filter(({ second }) => second < spanOf(FIRST, 'UTC').to)];
    const totals = await json<Total[]>(0, 'rollup', 'show', name, FIRST);
    assert.deepEqual([totals.length, totals.reduce((sum, { count }) => sum + count, 0)], [5, day.length]);
    const rows = await json<ComparedRow[]>(0, 'aggregate', 'show', name, SECOND);
    assert.deepEqual([...new Set(rows.map(({ category }) => category))].sort(), ['console', 'game', 'genre', 'language']);
  });

  test('what came too late is listed, brought in by hand, and in every level from then on; a second time there is nothing', async () => {
    assert.match(await said('rollup', 'take-in', name, list('late.ndjson', [late])), /^0 readings came into open minutes, 0 open theirs again, 1 came too late, /);
    assert.match(await said('rollup', 'aside', name), /^2019-01-01_05 +1\nin after all: npx almanac rollup bring-in followers <from>\.\.<to>\n$/);
    assert.match(await said('status', name), /readings of 1 hour came too late, .*: npx almanac rollup aside followers\n/);
    const before = await shown();
    const brought = await said('rollup', 'bring-in', name, '2019-01-01_05');
    assert.match(brought, /^1 readings came in, none stay aside\nminutes +0 +built +1 +revised\nhours +0 +built +1 +revised\ndays +0 +built +1 +revised\n[\d,]+ rows read\nthen, for totals by category: npx almanac aggregate recompute followers 2019-01-01\.\.2019-01-01\n$/);
    const after_ = await shown();
    assert.deepEqual([after_?.count, after_?.sum], [(before?.count ?? 0) + 1, (before?.sum ?? 0) + late.value]);
    assert.match(await said('aggregate', 'recompute', name, FIRST), /^2019-01-01: /);
    assert.equal(await said('rollup', 'aside', name), 'none\n');
    assert.match(await said('rollup', 'bring-in', name, '2019-01-01_05'), /^0 readings came in, none stay aside\n/);
  });

  test('a range that is none, and a rollup that is not there, are refused in one line', async () => {
    const wrong = await almanac('rollup', 'bring-in', name, '2018-12-31');
    assert.deepEqual([wrong.code === 0, wrong.out], [false, '']);
    assert.match(wrong.err, /the range 2018-12-31\.\.2018-12-31 has no minute of "followers", which begins on 2019-01-01/);
    const minute = await almanac('rollup', 'bring-in', name, '2019-01-01_05-00');
    assert.match(minute.err, /"2019-01-01_05-00" is the name of a minute; expected a hour or more/);
    const unknown = await almanac('rollup', 'aside', 'nobody');
    assert.match(unknown.err, /rollup "nobody" is not in the configuration \(it has: followers\)/);
  });
});
