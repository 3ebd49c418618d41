import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays } from '../../../src/domain/calendar/day.ts';
import { weekOf } from '../../../src/domain/calendar/week.ts';
import { cutAt, weekCuts } from '../../../src/domain/churn/cuts.ts';
import { computeFeatures } from '../../../src/domain/churn/features.ts';
import { kindOf } from '../../../src/domain/churn/kinds.ts';
import { personRowBuilder } from '../../../src/domain/churn/person-rows.ts';
import { readCdnow, readShop } from './real-histories.ts';
import type { ChurnRule } from '../../../src/domain/churn/rule.ts';
import type { PersonHistory } from '../../../src/ports/activity-store.ts';

const SHOP_RULE: ChurnRule = { horizonDays: 60, minimumHistoryDays: 21, minimumEvents: 2, label: { kind: 'horizon' }, trainOn: 'pooled-snapshots', maximumSnapshotWeeks: 52 };
const CDNOW_RULE: ChurnRule = { ...SHOP_RULE, horizonDays: 90, minimumHistoryDays: 28, minimumEvents: 1 };
const LONDON = 'Europe/London';
const shop = readShop();

function kindsAt(people: readonly PersonHistory[], cutDay: string, timeZone: string, rule: ChurnRule): number[] {
  const cut = cutAt(cutDay, timeZone, rule);
  const counts = [0, 0, 0, 0];
  for (const { events } of people) {
    const verdict = kindOf(events.map((event) => event.timeUs), cut, rule);
    if (verdict !== null) counts[verdict.kind - 1]! += 1; // kinds are 1 … 4
  }
  return counts;
}

test('Online Retail as read has the people and rows of its source', () => {
  assert.equal(shop.length, 4_372);
  assert.equal(shop.reduce((sum, { events }) => sum + events.length, 0), 406_829);
});

for (const [cutDay, expected] of Object.entries({
  '2011-05-30': [992, 899, 654, 213],
  '2011-07-04': [1_266, 1_089, 499, 160],
  '2011-08-29': [1_713, 1_119, 397, 122],
  '2011-10-03': [1_783, 1_291, 341, 248],
})) {
  test(`Online Retail has the known kinds at ${cutDay}`, () => assert.deepEqual(kindsAt(shop, cutDay, LONDON, SHOP_RULE), expected));
}

test('CDNOW has the known kinds', () => {
  const cdnow = readCdnow();
  assert.deepEqual(kindsAt(cdnow, '1997-06-30', 'UTC', CDNOW_RULE), [13_790, 3_789, 5_991, 0]);
  assert.deepEqual(kindsAt(cdnow, '1997-07-14', 'UTC', CDNOW_RULE), [17_239, 4_542, 1_789, 0]);
});

test('the rows that train equal, bit for bit, the recent rows that their own week would have built', () => {
  const now = weekCuts(weekOf(addDays('2011-10-03', -1)), LONDON, SHOP_RULE, '2010-12-01');
  const past = weekCuts('2011-W25', LONDON, SHOP_RULE, '2010-12-01');
  const buildNow = personRowBuilder(now, SHOP_RULE, LONDON);
  const buildPast = personRowBuilder(past, SHOP_RULE, LONDON);
  let compared = 0;
  for (const history of shop) {
    const training = buildNow(history)?.veteran.find((row) => row.trains && row.snapshotWeek === past.week)?.features;
    const recent = buildPast(history)?.recent?.features;
    assert.deepEqual(training, recent, history.user);
    if (recent === undefined) continue;
    compared += 1;
    if (compared % 50 === 0) assert.deepEqual(computeFeatures(history.events, past.now.atUs, LONDON), recent);
  }
  assert.ok(compared > 300, `${compared} people compared`);
});
