import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strokesDue } from '../../../src/domain/health/strokes-due.ts';

const due = (time: string, zone = 'UTC') => strokesDue(Date.parse(time) / 1000, 15, zone).map(({ level, bucket, before }) => `${level} ${bucket} after ${before.bucket}`);

test('the newest hour and day whose strokes must be over, and what came before them', () => {
  assert.deepEqual(due('2019-01-02T12:14:59Z'), ['hour 2019-01-02_10 after 2019-01-02_10-58', 'day 2019-01-01 after 2019-01-01_22']);
  assert.deepEqual(due('2019-01-02T12:15:00Z'), ['hour 2019-01-02_11 after 2019-01-02_11-58', 'day 2019-01-01 after 2019-01-01_22']);
});

test('the last hour of a day is midnight’s, and a day has four times as long', () => {
  assert.deepEqual(due('2019-01-02T00:30:00Z'), ['day 2018-12-31 after 2018-12-31_22']);
  assert.deepEqual(due('2019-01-02T01:00:00Z'), ['day 2019-01-01 after 2019-01-01_22']);
  assert.deepEqual(due('2019-10-28T01:00:00Z', 'Europe/London'), ['day 2019-10-27+01-00 after 2019-10-27_22']);
  assert.deepEqual(due('2019-07-02T00:20:00Z', 'Europe/London'), ['hour 2019-07-01_23 after 2019-07-01_23-58', 'day 2019-07-01+01-00 after 2019-07-01_21']);
});
