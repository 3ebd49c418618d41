import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOfDay } from '../../../src/domain/calendar/day.ts';
import { featuresUnder } from '../../../src/domain/churn/features.ts';
import { meanGapOf, outcomeOf, silentLonger } from '../../../src/domain/churn/labels.ts';
import { localClock } from '../../../src/domain/churn/local-time.ts';
import { pastOf } from '../../../src/domain/churn/past.ts';
import { meanGapOfPopulation } from '../../../src/domain/churn/population.ts';
import { timelineOf } from '../../../src/domain/churn/timeline.ts';
import { readCdnow } from './real-histories.ts';

test('the mean-gap rule gives the known values on CDNOW, and a rule label is not an outcome', () => {
  const clock = localClock('UTC');
  const cutUs = startOfDay('1998-01-01', 'UTC');
  const people = readCdnow().map(({ events }) => timelineOf(events, clock)).flatMap((timeline) => {
    const past = pastOf(timeline, cutUs, clock);
    return past !== null && meanGapOf(past) !== null ? [{ past, outcome: outcomeOf(timeline.times, cutUs, startOfDay('1998-07-01', 'UTC')) }] : [];
  });
  const { meanGapDays } = meanGapOfPopulation(people.map(({ past }) => ({ people: 1, sumDays: meanGapOf(past)! }))); // nobody here is without a gap
  const churned = people.filter(({ past }) => silentLonger(past, meanGapDays) === 'churned');
  const engaged = people.filter(({ past }) => silentLonger(past, meanGapDays) === 'engaged');
  assert.equal(people.length, 10_490);
  assert.equal(meanGapDays, 85.71479072767045);
  assert.deepEqual([churned.length, engaged.length], [6_407, 4_083]);
  assert.equal(churned.filter(({ outcome }) => outcome === 'engaged').length, 1_871);
  assert.equal(engaged.filter(({ outcome }) => outcome === 'churned').length, 1_606);
});

test('fields that define a label are not features under it', () => {
  const names = (rule: Parameters<typeof featuresUnder>[0]) => featuresUnder(rule).map((feature) => feature.name);
  assert.ok(names({ kind: 'horizon' }).includes('days_since_last'));
  const fixedDays = names({ kind: 'fixed-days', days: 90 });
  for (const name of ['days_since_last', 'lifetime_share', 'events_28d', 'last_against_mean_gap']) assert.ok(!fixedDays.includes(name), name);
  assert.ok(fixedDays.includes('gap_mean'));
  assert.ok(!names({ kind: 'mean-gap' }).includes('gap_mean'));
});
