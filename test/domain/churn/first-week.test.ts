import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addDays, startOfDay, type Day } from '../../../src/domain/calendar/day.ts';
import { addWeeks, weeksFromTo } from '../../../src/domain/calendar/week.ts';
import { weekCuts } from '../../../src/domain/churn/cuts.ts';
import { firstWeekOf, tooYoungSentence, withoutTooYoung } from '../../../src/domain/churn/first-week.ts';
import { personRowBuilder } from '../../../src/domain/churn/person-rows.ts';
import type { ChurnRule } from '../../../src/domain/churn/rule.ts';

const ZONE = 'Europe/Berlin';
const rule = (different: Partial<ChurnRule> = {}): ChurnRule => ({ horizonDays: 60, minimumHistoryDays: 21, minimumEvents: 2, label: { kind: 'horizon' }, trainOn: 'pooled-snapshots', maximumSnapshotWeeks: 104, ...different });
const property = (firstDay: string, different: Partial<ChurnRule> = {}) => ({ calendar: { firstDay }, churn: rule(different) });

/** Seven people, one new each day from the first on, each seen twice at noon. */
function comers(firstDay: Day) {
  const noon = (day: number) => ({ user: 'u', timeUs: startOfDay(addDays(firstDay, day), ZONE) + 43_200_000_000, name: 'visit', value: null, group: null });
  return Array.from({ length: 7 }, (_, day) => [noon(day), noon(day)]);
}

suite('the first week that can be built', () => {
  test('is the one in which somebody can be learned from, whatever the weekday, horizon and history', () => {
    for (const trainOn of ['pooled-snapshots', 'all-veterans'] as const) {
      for (const [horizonDays, minimumHistoryDays] of [[60, 21], [14, 7], [7, 1], [30, 13], [1, 1]] as const) {
        for (let at = 0; at < 9; at += 1) {
          const young = property(addDays('2024-12-28', at), { trainOn, horizonDays, minimumHistoryDays });
          const first = firstWeekOf(young);
          const build = (week: string) => personRowBuilder(weekCuts(week, ZONE, young.churn, young.calendar.firstDay), young.churn, ZONE);
          const trains = (week: string) => comers(young.calendar.firstDay).some((events) => build(week)({ events })?.veteran.some((row) => row.trains));
          assert.deepEqual([trains(addWeeks(first, -1)), trains(first)], [false, true], `${JSON.stringify(young)}: ${first}`);
        }
      }
    }
  });

  test('of a property that began on New Year is over at the end of March', () => {
    assert.equal(firstWeekOf(property('2025-01-01')), '2025-W13');
    assert.equal(tooYoungSentence('mine', '2025-W05', property('2025-01-01')), 'week 2025-W05 cannot have a model: mine begins on 2025-01-01, and by 2025-02-03 nobody was seen for 21 days and then for the 60 of the horizon. The first week that can be built is 2025-W13, on 2025-03-31');
  });

  test('weeks before it are left out with a sentence, the others stay in order', () => {
    const leftOut = (count: string, them: string) => `${count} left out: mine is too young for ${them}. The first week that can be built is 2025-W13, on 2025-03-31`;
    const of = (from: string, to: string) => withoutTooYoung('mine', weeksFromTo(from, to), property('2025-01-01'));
    assert.deepEqual(of('2025-W02', '2025-W14'), { weeks: ['2025-W13', '2025-W14'], leftOut: leftOut('11 weeks are', 'them') });
    assert.deepEqual(of('2025-W12', '2025-W12'), { weeks: [], leftOut: leftOut('1 week is', 'it') });
    assert.deepEqual(of('2025-W13', '2025-W14'), { weeks: ['2025-W13', '2025-W14'], leftOut: null });
  });
});
