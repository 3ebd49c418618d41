import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationOf } from '../../../src/domain/activity/backfill-duration.ts';
import { forecastDay, gapsOf, type FoundDay } from '../../../src/domain/activity/backfill-forecast.ts';
import { billedFor } from '../../../src/domain/activity/ga4/billed-bytes.ts';
import type { DayState } from '../../../src/domain/activity/manifest.ts';

const present = { state: 'present', isKnown: false, records: 100, bytes: 5000, bytesBilled: 700, refusal: null } as const;
const shown = (state: DayState | null, found: FoundDay) => {
  const { why, source, records, bytes, bytesBilled } = forecastDay('2026-01-01', state, found);
  return [why, source, records, bytes, bytesBilled];
};

test('a day is planned because nobody looked, because of how the last look ended, or because it changed', () => {
  assert.deepEqual(shown(null, present), ['new', 'read', 100, 5000, 700]);
  assert.deepEqual(shown('missing', present), ['missing', 'read', 100, 5000, 700]);
  assert.deepEqual(shown('bad-rows', present), ['bad-rows', 'read', 100, 5000, 700]);
  assert.deepEqual(shown('final', present), ['changed', 'read', 100, 5000, 700]);
});

test('what is in already, is not there or cannot be read takes no rows and costs nothing', () => {
  assert.deepEqual(shown('final', { ...present, isKnown: true }), ['unchanged', 'known', 0, 0, 0]);
  assert.deepEqual(shown('provisional', { ...present, isKnown: true }), ['provisional', 'known', 0, 0, 0]);
  assert.deepEqual(shown(null, { state: 'missing', expected: 'a file' }), ['new', 'nothing', 0, 0, 0]);
  assert.deepEqual(shown('not-due', { state: 'missing', expected: 'a table', dueByUs: 1 }), ['not-due', 'not-due', 0, 0, 0], 'no gap while it may come');
  assert.deepEqual(shown('final', { state: 'missing', expected: 'a file' }), ['unchanged', 'nothing', 0, 0, 0], 'a source may put read days away');
  assert.deepEqual(shown(null, { state: 'unreadable', sentence: 'half a file' }), ['new', 'unreadable', 0, 0, 0]);
  assert.deepEqual(shown(null, { ...present, refusal: 'too dear' }), ['new', 'refused', 0, 0, 0]);
});

test('gaps are runs of days of which the source has nothing, whatever the order of the plan', () => {
  const days = [['2026-03-01', 'nothing'], ['2026-02-28', 'nothing'], ['2026-03-02', 'read'], ['2026-03-03', 'nothing'], ['2026-03-05', 'unreadable'], ['2026-03-06', 'not-due']] as const;
  assert.deepEqual(gapsOf(days.map(([day, source]) => ({ day, source }))), [{ from: '2026-02-28', to: '2026-03-01', days: 2 }, { from: '2026-03-03', to: '2026-03-03', days: 1 }]);
});

test('a day takes as long as days of its size did, longer in proportion where it is larger, and days go side by side', () => {
  const timed = [...Array(9).fill({ records: 99, seconds: 0.7 }), ...Array(9).fill({ records: 99_999, seconds: 9.7 })];
  const seconds = (days: (number | null)[], atOnce = 1): number => Math.round(durationOf(days, timed, atOnce).minutes * 60 * 100) / 100;
  assert.deepEqual([seconds([99]), seconds([50]), seconds([90_000]), seconds([999_999]), seconds([null])], [1, 1, 10, 97.3, 0.3]);
  assert.equal(seconds(Array(8).fill(99), 4), 2);
  assert.equal(seconds([99, 99], 64), 1, 'no more at once than there are');
  assert.equal(durationOf([1], timed, 1).from, 'measured');
});

test('without days that were timed a stated figure is used, and says so', () => {
  const { minutes, from, recordsPerSecond } = durationOf([40_000, 10], [{ records: 10, seconds: 400 }], 1);
  assert.deepEqual([Math.round(minutes * 60 * 10) / 10, from, recordsPerSecond], [10.9, 'stated', null]);
});

test('BigQuery bills whole mebibytes, ten at the least', () => {
  assert.deepEqual([0, 1, 10 * 2 ** 20, 10 * 2 ** 20 + 1].map((bytes) => billedFor(bytes) / 2 ** 20), [10, 10, 10, 11]);
});
