import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../../src/domain/activity/checksum.ts';
import { judgeContent, judgeDay, usualVolume, type PastVolume, type Verdict } from '../../../src/domain/activity/verdict.ts';
import { addDays } from '../../../src/domain/calendar/day.ts';

const checks = { badRowShare: 0.05, lowVolumeShare: 0.05, volumeHistoryDays: 14 };
const monday = '2011-10-03';
const past = (days: number, records: (day: string, ago: number) => number): PastVolume[] => Array.from({ length: days }, (_, index) => ({ day: addDays(monday, -index - 1), records: records(addDays(monday, -index - 1), index + 1) }));
const said = ({ state, reason }: Verdict) => ({ state, reason });
const counts = (rows: number, quarantined = 0) => ({ rows, anonymous: 0, quarantined });

test('a day of 3 % of the usual volume is low, one of 11 % is not', () => {
  const usual = past(60, () => 1000);
  assert.deepEqual(said(judgeDay(monday, counts(30), checks, usual)), { state: 'low-volume', reason: '30 records are 3 % of the usual 1000 (limit 5 %)' });
  assert.equal(judgeDay(monday, counts(110), checks, usual).state, 'final');
});

test('the usual volume is that of the same weekday; with fewer than three of it, never more than the busiest of them', () => {
  assert.equal(usualVolume(monday, past(60, (_day, ago) => (ago % 7 === 0 ? 100 : 5000)), 14), 100);
  assert.equal(usualVolume(monday, past(14, (_day, ago) => (ago % 7 === 0 ? 100 : 5000)), 14), 100);
  assert.equal(usualVolume(monday, past(14, (_day, ago) => (ago % 7 === 0 ? 9000 : 5000)), 14), 5000);
  assert.equal(usualVolume(monday, past(6, () => 5000), 5), 5000, 'a weekday that was never seen is compared with all');
});

test('without enough history nothing is low, but empty is empty and bad is bad', () => {
  assert.equal(judgeDay(monday, counts(1), checks, past(13, () => 1000)).state, 'final');
  assert.equal(judgeDay(monday, counts(0), checks, []).state, 'empty');
  assert.deepEqual(said(judgeDay(monday, counts(90, 10), checks, [])), { state: 'bad-rows', reason: '10 of 100 records are in quarantine (10 %; limit 5 %)' });
  assert.equal(judgeDay(monday, counts(0, 3), checks, []).state, 'bad-rows');
  assert.equal(judgeDay(monday, counts(95, 5), checks, []).state, 'final');
});

test('the content alone is worth the same whatever lies before it: neither volume nor names that are gone are judged', () => {
  const limits = { ...checks, unknownPeople: { warn: 0.5, fail: 0.9 }, expectedEvents: ['view', 'buy'], missingEvents: { warn: 0, fail: 0.6 }, renamedEvent: { warn: 0.05, fail: 0.2 } };
  const worth = (rows: number, anonymous: number, quarantined: number, names: readonly string[]) => {
    const { state, checks: made } = judgeContent({ rows, anonymous, quarantined, eventNames: { counts: names.map((name) => [name, rows] as const), others: 0 } }, limits);
    return [state, ...made.map(({ check, level }) => `${check} ${level}`)];
  };
  assert.deepEqual(worth(1, 0, 0, ['view']), ['final', 'unknown-people ok', 'missing-events warn']);
  assert.deepEqual(worth(1, 99, 0, ['view', 'buy']), ['unknown-people', 'unknown-people fail', 'missing-events ok']);
  assert.deepEqual(worth(100, 0, 0, ['other']), ['missing-events', 'unknown-people ok', 'missing-events fail']);
  assert.deepEqual([worth(90, 0, 10, []), worth(0, 0, 0, [])], [['bad-rows'], ['empty']]);
});

test('a checksum does not depend on order or pieces, and notices a missing, a doubled and a changed key', () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}.0`);
  const whole = addToChecksum(emptyChecksum, keys);
  assert.equal(addToChecksum(addToChecksum(emptyChecksum, keys.slice(400).reverse()), keys.slice(0, 400)), whole);
  for (const others of [keys.slice(1), [...keys, 'key-0.0'], ['key-0.1', ...keys.slice(1)]]) assert.notEqual(addToChecksum(emptyChecksum, others), whole);
});

test('a property on which nothing may happen says so, and its empty days are final', () => {
  const checks = { badRowShare: 0.05, lowVolumeShare: 0.05, volumeHistoryDays: 14 };
  const nothing = { rows: 0, anonymous: 0, quarantined: 0 };
  assert.equal(judgeDay('2026-03-02', nothing, checks, []).state, 'empty');
  assert.equal(judgeDay('2026-03-02', nothing, { ...checks, emptyDays: 'final' }, []).state, 'final');
});
