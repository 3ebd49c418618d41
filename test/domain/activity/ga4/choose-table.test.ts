import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { chooseTable, deadlineOf, settledAt } from '../../../../src/domain/activity/ga4/choose-table.ts';
import { readTableId, tableKinds, tableOf } from '../../../../src/domain/activity/ga4/day-tables.ts';
import { addDays, formatInstant } from '../../../../src/domain/calendar/day.ts';

const clock = { timeZone: 'Europe/Berlin', dailyTableBy: '18:00' };
const hourUs = 3_600_000_000;

suite('which table of the export is a day', () => {
  test('table ids and back, and nothing else is a table of a day', () => {
    for (const kind of tableKinds) assert.deepEqual(readTableId(tableOf(kind, '2026-01-03')), { kind, day: '2026-01-03' });
    for (const id of ['events_*', 'events_2026010', 'pseudonymous_users_20260103', 'events_intraday_20260103_old', 'xevents_20260103']) assert.equal(readTableId(id), null);
  });

  test('deadline and settling are of the property\'s clock, also where it changes', () => {
    assert.equal(formatInstant(deadlineOf('2026-03-27', clock)), '2026-03-28T17:00:00Z');
    assert.equal(formatInstant(deadlineOf('2026-03-28', clock)), '2026-03-29T16:00:00Z');
    assert.equal(formatInstant(settledAt('2026-03-28', clock)), '2026-03-31T23:00:00Z');
    assert.equal(formatInstant(settledAt('2026-03-29', clock)), '2026-04-01T22:00:00Z');
    assert.equal(formatInstant(deadlineOf('2026-01-01', { timeZone: 'Pacific/Auckland', dailyTableBy: '02:30' })), '2026-01-01T13:30:00Z');
  });

  test('whatever is there and whenever it is asked: daily before fresh before intraday, no stand-in before the deadline, final only when settled', () => {
    const tables = fc.record({ daily: fc.option(fc.constant('d')), fresh: fc.option(fc.constant('f')), intraday: fc.option(fc.constant('i')) });
    fc.assert(fc.property(tables, fc.integer({ min: 0, max: 400 }), fc.integer({ min: -48, max: 200 }), (found, offset, hours) => {
      const day = addDays('2026-01-01', offset);
      const nowUs = deadlineOf(day, clock) + hours * hourUs;
      const chosen = chooseTable(day, found, clock, nowUs);
      if (chosen.state === 'missing') {
        assert.ok(!found.daily && (hours < 0 || (!found.fresh && !found.intraday)));
        assert.equal(chosen.dueByUs, hours < 0 ? deadlineOf(day, clock) : undefined, 'from the deadline on nothing is to come');
      } else {
        assert.equal(chosen.table, found.daily ?? found.fresh ?? found.intraday);
        assert.ok(chosen.kind === 'daily' || hours >= 0);
        assert.equal(chosen.finality, nowUs >= settledAt(day, clock) ? 'final' : 'provisional');
      }
    }));
  });
});
