import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { categoriesOn, parseEntries, type Account } from '../../../src/domain/rollup/accounts.ts';
import { bucketOfReadings } from '../../../src/domain/rollup/bucket.ts';
import { categorising, categoryMismatches, changeOf } from '../../../src/domain/rollup/categories.ts';
import { totalsOf } from '../../../src/domain/rollup/total.ts';

const games = [
  { game: 'chess', from: '2019-01-01', genre: 'puzzle', console: 'pc' },
  { game: 'chess', from: '2019-01-05', genre: 'puzzle', console: 'handheld' },
  { game: 'karts', from: '2019-01-01', genre: 'racing', console: 'station' },
];
const accounts = [
  { member: 'a', from: '2019-01-01', language: 'en', game: 'chess' },
  { member: 'a', from: '2019-01-04', language: 'en', game: 'karts' },
  { member: 'b', from: '2019-01-01', language: 'de', game: 'karts' },
  { member: 'c', from: '2019-01-01', language: 'de', game: 'a game that nobody knows' },
];
const expected = { platforms: ['x', 'y'], everySeconds: 86_400, timeZone: 'UTC' };
const row = (member: string, platform: string, ...values: number[]) => ({ member, platform, ...bucketOfReadings(values) });
/** a 30 + 10, b 100 (one platform), c 5 + 5, d 1 + 1 */
const rows = [row('a', 'x', 20, 40), row('a', 'y', 10), row('b', 'x', 100), row('c', 'x', 5), row('c', 'y', 5), row('d', 'x', 1), row('d', 'y', 1)];

function categorised(day: string, measure: 'mean' | 'sum') {
  const collected = categorising(categoriesOn(day, accounts, games), measure);
  const totals = totalsOf(rows, day, expected);
  collected.add(totals.slice(0, 1));
  collected.add(totals.slice(1));
  return collected.rows();
}
const brief = (day: string, category: string, measure: 'mean' | 'sum' = 'mean') => categorised(day, measure).filter((each) => each.category === category).map(({ value, members, partial, figure, rank }) => [value, members, partial, figure, rank]);

suite('totals by category', () => {
  test('a platform with readings in more minutes than are due does not make up for one that has none', () => {
    const [total] = totalsOf([{ ...row('a', 'x', 1), minutes: 12 }], '2019-01-01_05', { ...expected, everySeconds: 600 });
    assert.deepEqual([total?.missing, total?.completeness, total?.isComplete], [['y'], 0.5, false]);
  });

  test('a member who changes the game counts where it was on the day, and a game with the console that it had', () => {
    assert.deepEqual(brief('2019-01-03', 'game'), [['karts', 1, 1, 100, 1], ['chess', 1, 0, 40, 2], ['a game that nobody knows', 1, 0, 10, 3], ['unknown', 1, 0, 2, 4]]);
    assert.deepEqual(brief('2019-01-04', 'game'), [['karts', 2, 1, 140, 1], ['a game that nobody knows', 1, 0, 10, 2], ['unknown', 1, 0, 2, 3]]);
    assert.deepEqual(brief('2019-01-03', 'console'), [['station', 1, 1, 100, 1], ['pc', 1, 0, 40, 2], ['unknown', 2, 0, 12, 3]]);
    assert.deepEqual(brief('2018-12-31', 'language'), [['unknown', 4, 1, 152, 1]], 'before anything was known');
  });

  test('amounts are summed where standings are averaged; equal figures have equal ranks', () => {
    assert.deepEqual(brief('2019-01-03', 'game', 'sum').map(([value, , , figure]) => [value, figure]), [['karts', 100], ['chess', 70], ['a game that nobody knows', 10], ['unknown', 2]]);
    const even = categorising(categoriesOn('2019-01-03', accounts, games), 'sum');
    even.add(totalsOf([row('a', 'x', 7), row('b', 'x', 7), row('c', 'x', 3)], '2019-01-03', expected));
    assert.deepEqual(even.rows().filter(({ category }) => category === 'game').map(({ value, rank }) => [value, rank]), [['chess', 1], ['karts', 1], ['a game that nobody knows', 3]]);
  });

  test('shares of a category are 1 together, and its sums are those of the day, unmapped members included', () => {
    const all = categorised('2019-01-03', 'mean');
    for (const category of ['game', 'genre', 'console', 'language']) {
      const of = all.filter((each) => each.category === category);
      assert.ok(Math.abs(of.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
      assert.deepEqual([of.reduce((sum, each) => sum + each.sum, 0), of.reduce((sum, { count }) => sum + count, 0)], [182, 8]);
    }
    const day = { sum: 182, count: 8, rows: 7, magnitude: 202 };
    assert.deepEqual(categoryMismatches(all, '2019-01-03', day), []);
    assert.deepEqual(categoryMismatches(all.slice(1), '2019-01-03', day).map(({ sentence }) => sentence), ['day 2019-01-03 by game adds up to 82 over 7 readings, and is 182 over 8']);
  });

  test('a change is a difference and a share of the other day, where there is one', () => {
    assert.deepEqual(changeOf(110, 100), { difference: 10, share: 110 / 100 - 1 });
    assert.deepEqual([changeOf(5, 0), changeOf(5, undefined)], [{ difference: 5, share: null }, { difference: null, share: null }]);
  });
});

suite('lists of who belongs where', () => {
  test('have a line each, with a day; a line that is none is named', () => {
    const fields = ['member', 'from', 'language', 'game'] as const;
    const line = JSON.stringify(accounts[0]);
    assert.deepEqual(parseEntries<Account>(`${line}\n\n${line.replace('}', ',"more":1}')}\n`, fields), [accounts[0], accounts[0]]);
    for (const wrong of ['{"member":"a"}', 'no JSON', '7', line.replace('"en"', '""')]) assert.throws(() => parseEntries<Account>(`${line}\n${wrong}`, fields), /^RangeError: line 2 has no text in "\w+"; expected member, from, language, game$/);
    assert.throws(() => parseEntries<Account>(line.replace('2019-01-01', '2019-02-30'), fields), RangeError);
  });
});
