import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStillWaived } from '../../../src/domain/activity/waiver.ts';
import type { DayState } from '../../../src/domain/activity/manifest.ts';
import type { CheckVerdict, DayCheck } from '../../../src/domain/check.ts';

const failing = (...names: DayCheck[]): CheckVerdict[] => [{ check: 'unknown-people', level: 'ok', sentence: null }, ...names.map((check) => ({ check, level: 'fail' as const, sentence: 'why' }))];
const of = (state: DayState, ...names: DayCheck[]) => ({ state, checks: failing(...names), rows: 10 });

test('a waiver covers what its source has made of the day while nothing else is wrong with it', () => {
  const waived = of('waived', 'volume', 'missing-events');
  assert.equal(isStillWaived(waived, of('low-volume', 'volume')), true);
  assert.equal(isStillWaived(waived, of('missing-events', 'missing-events')), true);
  assert.equal(isStillWaived(waived, of('low-volume', 'volume', 'renamed-event')), false);
  for (const state of ['final', 'provisional', 'bad-rows', 'empty'] as const) assert.equal(isStillWaived(waived, of(state)), false, state);
  assert.equal(isStillWaived(of('low-volume', 'volume'), of('low-volume', 'volume')), false, 'nobody has taken responsibility');
});

test('a day that was waived without rows and still has none stays so; with rows it is judged', () => {
  const waived = { state: 'waived' as const, checks: [], rows: 0 };
  assert.deepEqual([isStillWaived(waived, of('empty')), isStillWaived(waived, of('low-volume', 'volume'))], [true, false]);
});
