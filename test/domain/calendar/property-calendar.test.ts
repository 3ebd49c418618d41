import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectationOf, openDays, type PropertyCalendar } from '../../../src/domain/calendar/property-calendar.ts';

const calendar: PropertyCalendar = { timeZone: 'Europe/London', firstDay: '2010-12-01', lastDay: '2011-12-09', closedWeekdays: [6], closedDays: ['2010-12-24'] };

test('a day is open, closed, or outside the life of the property', () => {
  assert.equal(expectationOf('2010-11-30', calendar), 'outside');
  assert.equal(expectationOf('2010-12-01', calendar), 'open');
  assert.equal(expectationOf('2010-12-04', calendar), 'closed');
  assert.equal(expectationOf('2010-12-24', calendar), 'closed');
  assert.equal(expectationOf('2011-12-09', calendar), 'open');
  assert.equal(expectationOf('2011-12-10', calendar), 'outside');
});

test('open days leave out what is closed or outside', () => {
  assert.deepEqual(openDays('2010-11-29', '2010-12-06', calendar), ['2010-12-01', '2010-12-02', '2010-12-03', '2010-12-05', '2010-12-06']);
});
