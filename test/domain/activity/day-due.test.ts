import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { expectedBy } from '../../../src/domain/activity/day-due.ts';
import { daySentence } from '../../../src/domain/activity/day-sentence.ts';
import { deadlineOf, settledAt } from '../../../src/domain/activity/ga4/choose-table.ts';
import { formatInstant } from '../../../src/domain/calendar/day.ts';
import type { FinalityPolicy } from '../../../src/domain/activity/manifest.ts';

suite('when a week may expect a day', () => {
  const timeZone = 'Europe/Berlin';
  const expected = (day: string, policy: FinalityPolicy, { ingestAt = '04:00', dailyTableBy = '18:00' } = {}) => {
    const clock = { timeZone, dailyTableBy };
    return formatInstant(expectedBy({ thereByUs: deadlineOf(day, clock), settledAtUs: settledAt(day, clock) }, policy, { timeZone, ingestAt }));
  };

  test('final: the first morning after it has settled, 76 hours after a Sunday; there: by the deadline', () => {
    assert.equal(expected('2026-03-15', 'final'), '2026-03-19T03:00:00Z'); // T is 2026-03-15T23:00Z
    assert.equal(expected('2026-03-15', 'final', { ingestAt: '18:30' }), '2026-03-19T17:30:00Z');
    assert.equal(expected('2026-03-15', 'provisional'), '2026-03-16T17:00:00Z');
    assert.equal(expected('2026-03-15', 'provisional', { dailyTableBy: '03:30' }), '2026-03-16T02:30:00Z');
  });

  test('a morning that is over when the day settles is tomorrow\'s, also where the clock changes', () => {
    assert.equal(expected('2026-03-15', 'final', { ingestAt: '00:00' }), '2026-03-18T23:00:00Z', 'the very instant counts');
    assert.equal(expected('2026-03-26', 'final', { ingestAt: '00:30' }), '2026-03-30T22:30:00Z', 'it settles at 01:00 of summer time');
    assert.equal(expected('2026-10-22', 'final', { ingestAt: '04:00' }), '2026-10-26T03:00:00Z');
  });
});

test('a day that may still come is told without a command for people; a missing one with it', () => {
  const end = { property: 'site', day: '2026-03-15', rows: 0, anonymous: 0, quarantined: 0 };
  assert.equal(daySentence({ ...end, state: 'not-due', reason: 'table events_20260315 is due by 2026-03-16T17:00:00Z' }), 'day 2026-03-15 of site is not there yet: table events_20260315 is due by 2026-03-16T17:00:00Z. It is looked at again by itself');
  assert.match(daySentence({ ...end, state: 'missing', reason: 'no table' }), /^day 2026-03-15 of site failed: no table\. Put it there, or: npx almanac source waive site 2026-03-15/);
});
