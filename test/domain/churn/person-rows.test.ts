import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOfDay } from '../../../src/domain/calendar/day.ts';
import { cutAt, weekCuts } from '../../../src/domain/churn/cuts.ts';
import { kindOf } from '../../../src/domain/churn/kinds.ts';
import { personRowBuilder } from '../../../src/domain/churn/person-rows.ts';
import type { ActivityEvent } from '../../../src/domain/activity/event.ts';
import type { ChurnRule } from '../../../src/domain/churn/rule.ts';

const LONDON = 'Europe/London';
const rule: ChurnRule = { horizonDays: 60, minimumHistoryDays: 21, minimumEvents: 2, label: { kind: 'horizon' }, trainOn: 'pooled-snapshots', maximumSnapshotWeeks: 52 };

function purchaseOn(...days: string[]): { events: ActivityEvent[] } {
  return { events: days.map((day) => ({ user: 'ada', timeUs: startOfDay(day, LONDON) + 36_000_000_000, name: 'purchase', value: 10, group: null })) };
}

function rowsIn(week: string, history: { events: ActivityEvent[] }, own: ChurnRule = rule) {
  return personRowBuilder(weekCuts(week, LONDON, own, '2010-12-01'), own, LONDON, { meanGapDays: 30 })(history);
}

test('somebody too recent becomes predictable in the first week with enough data, from raw alone', () => {
  const ada = purchaseOn('2011-08-03', '2011-08-10');
  const seen = ['2011-W30', '2011-W31', '2011-W32', '2011-W33', '2011-W34', '2011-W35'].map((week) => rowsIn(week, ada));
  // M = 21 days after Wednesday 3 August is the 24th; the first cut after it is Monday the 29th, the end of W34.
  assert.deepEqual(seen.map((rows) => rows?.kind ?? null), [null, 4, 4, 4, 3, 3]);
  assert.deepEqual(seen.map((rows) => rows?.previousKind ?? null), [null, null, 4, 4, 4, 3]);
  assert.equal(seen[3]?.recent, null);
  assert.ok(seen[4]?.recent);
});

test('somebody long seen but with too few events waits for the event that is missing', () => {
  assert.deepEqual(rowsIn('2011-W35', purchaseOn('2011-08-03'))?.reason, 'too-few-events');
  assert.deepEqual(rowsIn('2011-W35', purchaseOn('2011-08-03', '2011-09-04'))?.kind, 3);
});

test('an event exactly on an instant of the rules counts as half-open intervals say', () => {
  const cut = cutAt('2011-10-03', LONDON, rule);
  const kindWith = (...times: number[]) => kindOf(times, cut, rule)?.reason ?? null;
  assert.equal(kindWith(cut.minusBothUs), 'veteran-silent');
  assert.equal(kindWith(cut.minusBothUs, cut.minusHorizonUs), 'veteran-active');
  assert.equal(kindWith(cut.minusBothUs, cut.minusHorizonUs - 1), 'veteran-silent');
  assert.equal(kindWith(cut.minusBothUs + 1, cut.minusHorizonUs), 'recent-predictable');
  assert.equal(kindWith(cut.minusHistoryUs, cut.atUs - 1), 'recent-predictable');
  assert.equal(kindWith(cut.minusHistoryUs + 1, cut.atUs - 1), 'seen-too-briefly');
  assert.equal(kindWith(cut.minusHistoryUs, cut.atUs), 'too-few-events');
  assert.equal(kindWith(cut.atUs), null);
});

test('a veteran has the row at T − H, and one that trains for each week in which they were predictable', () => {
  const rows = rowsIn('2011-W39', purchaseOn('2011-04-04', '2011-04-11', '2011-06-20'));
  assert.deepEqual([rows?.kind, rows?.reason], [1, 'veteran-silent']);
  assert.deepEqual(rows?.veteran.map((row) => [row.snapshotWeek, row.label, row.trains]), [
    ['2011-W31@T-H', 'churned', false],
    ['2011-W24', 'engaged', true],
    ['2011-W23', 'engaged', true],
    ['2011-W22', 'engaged', true],
    ['2011-W21', 'engaged', true],
    ['2011-W20', 'engaged', true],
    ['2011-W19', 'engaged', true],
    ['2011-W18', 'engaged', true],
    ['2011-W17', 'engaged', true],
  ]);
});

test('with all-veterans only the rows at T − H train', () => {
  const rows = rowsIn('2011-W39', purchaseOn('2011-04-04', '2011-04-11', '2011-06-20'), { ...rule, trainOn: 'all-veterans' });
  assert.deepEqual(rows?.veteran.filter((row) => row.trains).map((row) => row.snapshotWeek), ['2011-W31@T-H']);
});

test('older label rules judge the silence at s + H', () => {
  const ada = purchaseOn('2011-04-04', '2011-04-11', '2011-06-20');
  const labelAtHorizon = (label: ChurnRule['label'], history = ada) => rowsIn('2011-W39', history, { ...rule, label })?.veteran.find((row) => row.snapshotWeek.endsWith('@T-H'))?.label;
  // From 20 June to 2 October, the last full day before T, are 104 days.
  assert.equal(labelAtHorizon({ kind: 'fixed-days', days: 104 }), 'engaged');
  assert.equal(labelAtHorizon({ kind: 'fixed-days', days: 103 }), 'churned');
  assert.equal(labelAtHorizon({ kind: 'mean-gap' }), 'churned');
  assert.equal(labelAtHorizon({ kind: 'mean-gap' }, purchaseOn('2011-04-04')), undefined);
});
