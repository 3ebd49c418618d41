import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, warned } from '../../../src/domain/check.ts';
import { rowsProfiler, type RowsProfile } from '../../../src/domain/model/feature-profile.ts';
import { judgeWeek, type WeekChecks, type WeekFacts, type WeekProfile } from '../../../src/domain/model/week-checks.ts';
import { numbersOf } from './worlds.ts';

/** The configuration's defaults. */
const checks: WeekChecks = { zeroLabels: { warn: 200, fail: 1 }, oneClass: { warn: 20, fail: 1 }, constantFeature: { warn: 0.995, fail: 0.995 }, missingFeature: { warn: 0.995, fail: 0.995 } };
const features = ['days_since_last', 'value_total', 'negative_share', 'has_gap'];

/** Rows of people of whom most have something of everything, and nobody a return. */
function profileOf(rows: number, seed: number, change: (row: number[], chance: number) => number[] = (row) => row): RowsProfile {
  const next = numbersOf(seed);
  const profiler = rowsProfiler(features);
  for (let row = 0; row < rows; row += 1) profiler.add(change([next() * 60, next() < 0.1 ? 0 : next() * 100, 0, next() < 0.7 ? 1 : 0], next()));
  return profiler.result();
}

const weekOf = (seed: number, change?: (row: number[], chance: number) => number[]): WeekProfile => ({ training: profileOf(2000, seed, change), recent: profileOf(400, seed + 1000, change) });
const facts = (different: Partial<WeekFacts> = {}): WeekFacts => ({ trainingRows: 2000, churnedRows: 700, profile: weekOf(1), before: weekOf(2), features, ...different });
const names = (verdicts: ReturnType<typeof judgeWeek>): string[] => verdicts.map(({ check }) => check);

test('52 ordinary weeks: nothing warns, also where nobody ever returns anything', () => {
  for (let week = 1; week <= 52; week += 1) {
    const verdicts = judgeWeek(facts({ profile: weekOf(week), before: weekOf(week - 1) }), checks);
    assert.deepEqual([names(verdicts), failed(verdicts), warned(verdicts)], [['zero-labels', 'one-class', 'constant-feature', 'missing-feature'], [], []]);
  }
});

test('zero labels and one class fail, few of either warn', () => {
  assert.deepEqual(names(failed(judgeWeek(facts({ trainingRows: 0, churnedRows: 0 }), checks))), ['zero-labels', 'one-class']);
  for (const churnedRows of [0, 2000]) assert.deepEqual(names(failed(judgeWeek(facts({ churnedRows }), checks))), ['one-class']);
  const few = warned(judgeWeek(facts({ trainingRows: 150, churnedRows: 140 }), checks));
  assert.deepEqual(few.map(({ check, sentence }) => `${check}: ${sentence}`), [
    'zero-labels: 150 rows train (at least 200 wanted)', 'one-class: 140 of the 150 rows that train are of people who churned (at least 20 of either kind wanted)',
  ]);
});

test('a feature that has become 0 for nearly everybody is missing, one that has become another value is constant; each is named', () => {
  const lost = judgeWeek(facts({ profile: weekOf(3, ([days, value, share, gap], chance) => [days!, chance < 0.998 ? 0 : value!, share!, gap!]) }), checks);
  assert.deepEqual(names(failed(lost)), ['missing-feature']);
  assert.match(failed(lost)[0]?.sentence ?? '', /^value_total is 0 for 99\.\d % of the 2000 rows that train, in the release before (9|10|11)(\.\d)? %; value_total is 0 for .* of the 400 people to score, .*\(limit 99\.5 %\)$/);
  const stuck = judgeWeek(facts({ profile: weekOf(4, ([, value, share, gap]) => [7.25, value!, share!, gap!]) }), checks);
  assert.deepEqual(names(failed(stuck)), ['constant-feature']);
  assert.match(failed(stuck)[0]?.sentence ?? '', /^days_since_last is 7\.25 for 100 % of the 2000 rows that train, in the release before it was not/);
});

test('a loss that only the people to score show is found', () => {
  const verdicts = judgeWeek(facts({ profile: { training: profileOf(2000, 5), recent: profileOf(400, 6, ([days, , share, gap]) => [days!, 0, share!, gap!]) } }), checks);
  assert.match(failed(verdicts)[0]?.sentence ?? '', /^value_total is 0 for 100 % of the 400 people to score, in the release before/);
});

test('a first week has nothing to compare with: uniform features warn and do not stop it; the next week knows them', () => {
  const first = judgeWeek(facts({ before: null }), checks);
  assert.deepEqual([failed(first), warned(first).map(({ sentence }) => sentence)], [[], ['negative_share is 0 for 100 % of the 2000 rows that train; negative_share is 0 for 100 % of the 400 people to score (limit 99.5 %)']]);
});

test('a value that most people had before warns when all have it', () => {
  const mostly = (share: number) => (row: number[], chance: number): number[] => [row[0]!, chance < share ? 1 : 5, row[2]!, row[3]!];
  const verdicts = judgeWeek(facts({ profile: weekOf(7, mostly(1)), before: weekOf(8, mostly(0.82)) }), checks);
  assert.deepEqual([names(failed(verdicts)), names(warned(verdicts))], [[], ['constant-feature']]);
});

test('a feature that hovers about its limit is no loss; features no model may use, few rows and weeks without a profile are not judged', () => {
  const mostly = (share: number) => (row: number[], chance: number): number[] => [row[0]!, chance < share ? 0 : 5, row[2]!, row[3]!];
  assert.deepEqual(failed(judgeWeek(facts({ profile: weekOf(7, mostly(0.997)), before: weekOf(8, mostly(0.994)) }), checks)), []);
  const lost = weekOf(9, mostly(1));
  assert.deepEqual(failed(judgeWeek(facts({ profile: lost, features: ['days_since_last'] }), checks)), []);
  assert.deepEqual(failed(judgeWeek(facts({ profile: { training: profileOf(40, 9, mostly(1)), recent: profileOf(40, 9, mostly(1)) } }), checks)), []);
  assert.deepEqual(failed(judgeWeek(facts({ profile: null }), checks)), []);
});

test('a profile does not depend on the order of people, and counts what is not a number as nothing', () => {
  const next = numbersOf(10);
  const rows = Array.from({ length: 3000 }, () => [next() * 60, next() < 0.9 ? 3 : next(), 0, Number.NaN]);
  const profile = (order: number[][]): RowsProfile => {
    const profiler = rowsProfiler(features);
    order.forEach((row) => profiler.add(row));
    return profiler.result();
  };
  const [, value, returns, gap] = profile(rows).features;
  assert.deepEqual([value, returns, gap], [{ name: 'value_total', value: 3, share: rows.filter((row) => row[1] === 3).length / 3000 }, { name: 'negative_share', value: 0, share: 1 }, { name: 'has_gap', value: 0, share: 1 }]);
  assert.deepEqual(profile(rows.toReversed()).features.slice(1), profile(rows).features.slice(1));
});
