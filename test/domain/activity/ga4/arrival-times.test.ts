import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivalTimes } from '../../../../src/domain/activity/ga4/arrival-times.ts';

test('a day that did not come by the morning is looked at about noon and right after the deadline', () => {
  assert.deepEqual(arrivalTimes('04:00', '18:00'), ['12:00', '18:05']);
  assert.deepEqual(arrivalTimes('13:30', '18:00'), ['18:05']);
  assert.deepEqual(arrivalTimes('04:00', '12:30'), ['12:00', '12:35']);
});

test('an early deadline needs no noon, and one before the morning nothing at all', () => {
  assert.deepEqual(arrivalTimes('04:00', '09:58'), ['10:03']);
  assert.deepEqual(arrivalTimes('04:00', '11:55'), ['12:00']);
  assert.deepEqual(arrivalTimes('04:00', '03:00'), []);
  assert.deepEqual(arrivalTimes('18:30', '18:00'), []);
});

test('what would fall into the next day is left to its morning', () => {
  assert.deepEqual(arrivalTimes('04:00', '23:55'), ['12:00']);
  assert.deepEqual(arrivalTimes('04:00', '23:54'), ['12:00', '23:59']);
});
