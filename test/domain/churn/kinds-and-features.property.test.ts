import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, startOfDay, type InstantUs } from '../../../src/domain/calendar/day.ts';
import { addWeeks, cutDayOf } from '../../../src/domain/calendar/week.ts';
import { cutAt, weekCuts } from '../../../src/domain/churn/cuts.ts';
import { computeFeatures, FEATURES } from '../../../src/domain/churn/features.ts';
import { kindOf } from '../../../src/domain/churn/kinds.ts';
import { personRowBuilder } from '../../../src/domain/churn/person-rows.ts';
import type { ActivityEvent } from '../../../src/domain/activity/event.ts';
import type { ChurnRule } from '../../../src/domain/churn/rule.ts';

const seed = Number(process.env['ALMANAC_TEST_SEED'] ?? randomInt(2 ** 31));
console.log(`property tests of kinds and features: ALMANAC_TEST_SEED=${seed}`);

const FIRST_DAY = '2018-01-01';
const LAST_DAY = '2019-06-30';

const zone = fc.constantFrom('Europe/London', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
const rule: fc.Arbitrary<ChurnRule> = fc.record({
  horizonDays: fc.integer({ min: 1, max: 120 }),
  minimumHistoryDays: fc.integer({ min: 1, max: 60 }),
  minimumEvents: fc.integer({ min: 1, max: 4 }),
  label: fc.constant({ kind: 'horizon' as const }),
  trainOn: fc.constantFrom('pooled-snapshots' as const, 'all-veterans' as const),
  maximumSnapshotWeeks: fc.integer({ min: 1, max: 40 }),
});
/** Some weeks over changes of clocks and over New Year. */
const week = fc.constantFrom('2018-W12', '2018-W43', '2018-W44', '2018-W52', '2019-W01', '2019-W13', '2019-W20');

/** A history in time order; some events sit exactly on local midnights, where cuts are. */
function history(timeZone: string): fc.Arbitrary<ActivityEvent[]> {
  const from = startOfDay(FIRST_DAY, timeZone);
  const until = startOfDay(LAST_DAY, timeZone);
  const midnight = fc.integer({ min: 0, max: 545 }).map((days) => startOfDay(addDays(FIRST_DAY, days), timeZone));
  const event = fc.record({
    user: fc.constant('u'),
    timeUs: fc.oneof(fc.integer({ min: from, max: until - 1 }), midnight, midnight.map((instant) => instant - 1)),
    name: fc.constantFrom('purchase', 'page_view'),
    value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    group: fc.option(fc.constantFrom('a', 'b', 'c')),
  });
  return fc.array(event, { minLength: 1, maxLength: 25 }).map(inOrder);
}

const world = zone.chain((timeZone) => fc.record({ timeZone: fc.constant(timeZone), rule, week, events: history(timeZone), others: history(timeZone) }));

function inOrder(events: readonly ActivityEvent[]): ActivityEvent[] {
  return [...events].sort((a, b) => a.timeUs - b.timeUs);
}

function before(events: readonly ActivityEvent[], instant: InstantUs): ActivityEvent[] {
  return events.filter((event) => event.timeUs < instant);
}

/** The rules as the design words them, each kind on its own, to see that exactly one holds. */
function kindsThatHold(events: readonly ActivityEvent[], cutDay: string, timeZone: string, { horizonDays, minimumHistoryDays, minimumEvents }: ChurnRule): number[] {
  const at = (days: number) => startOfDay(addDays(cutDay, -days), timeZone);
  const known = before(events, at(0));
  if (known.length === 0) return [];
  const first = Math.min(...known.map((event) => event.timeUs));
  const isVeteran = first <= at(horizonDays + minimumHistoryDays);
  const isActive = known.some((event) => event.timeUs >= at(horizonDays));
  const isPredictable = first <= at(minimumHistoryDays) && known.length >= minimumEvents;
  return [isVeteran && !isActive, isVeteran && isActive, !isVeteran && isPredictable, !isVeteran && !isPredictable].flatMap((holds, index) => (holds ? [index + 1] : []));
}

test('any history has exactly one kind, the one whose rule holds, or none without an event before T', () => {
  fc.assert(fc.property(world, ({ timeZone, rule, week, events }) => {
    const verdict = kindOf(events.map((event) => event.timeUs), cutAt(cutDayOf(week), timeZone, rule), rule);
    assert.deepEqual(verdict === null ? [] : [verdict.kind], kindsThatHold(events, cutDayOf(week), timeZone, rule));
  }), { seed, numRuns: 400 });
});

test('no feature changes when events at or after its cut are added or removed, and every value is finite', () => {
  fc.assert(fc.property(world, ({ timeZone, week, events, others }) => {
    const cutUs = startOfDay(cutDayOf(week), timeZone);
    const known = before(events, cutUs);
    fc.pre(known.length > 0);
    const expected = computeFeatures(known, cutUs, timeZone);
    const later = others.filter((event) => event.timeUs >= cutUs);
    const atTheCut = { ...known[0]!, timeUs: cutUs }; // known is not empty
    assert.deepEqual(computeFeatures(events, cutUs, timeZone), expected);
    assert.deepEqual(computeFeatures(inOrder([...known, atTheCut, ...later]), cutUs, timeZone), expected);
    assert.equal(expected.length, FEATURES.length);
    assert.ok(expected.every((value) => Number.isFinite(value)), JSON.stringify(expected));
  }), { seed, numRuns: 300 });
});

test('a week reads nothing at or after its T', () => {
  fc.assert(fc.property(world, ({ timeZone, rule, week, events, others }) => {
    const cuts = weekCuts(week, timeZone, rule, FIRST_DAY);
    const known = before(events, cuts.now.atUs);
    const later = others.filter((event) => event.timeUs >= cuts.now.atUs);
    const rowsOf = personRowBuilder(cuts, rule, timeZone);
    assert.deepEqual(rowsOf({ events: [...known, ...later] }), rowsOf({ events: known }));
  }), { seed, numRuns: 100 });
});

test('each row that trains equals the recent row its own week would have built, and its label is what followed', () => {
  fc.assert(fc.property(world, ({ timeZone, rule: anyRule, week, events }) => {
    const rule: ChurnRule = { ...anyRule, trainOn: 'pooled-snapshots' };
    const cuts = weekCuts(week, timeZone, rule, FIRST_DAY);
    const rows = personRowBuilder(cuts, rule, timeZone)({ events });
    for (const snapshot of cuts.snapshots) {
      const then = personRowBuilder(weekCuts(snapshot.week, timeZone, { ...rule, maximumSnapshotWeeks: 1 }, FIRST_DAY), rule, timeZone)({ events: before(events, snapshot.cut.atUs) });
      const row = rows?.veteran.find(({ snapshotWeek }) => snapshotWeek === snapshot.name);
      assert.deepEqual(row?.features, then?.recent?.features);
      if (row === undefined) continue;
      const isEngaged = events.some(({ timeUs }) => timeUs >= snapshot.cut.atUs && timeUs < snapshot.outcomeEndUs);
      assert.deepEqual([row.label, row.trains], [isEngaged ? 'engaged' : 'churned', true]);
    }
  }), { seed, numRuns: 100 });
});

test('every veteran has one row at T − H whose label is the kind; nobody else has any, and snapshot names are unique', () => {
  fc.assert(fc.property(world, ({ timeZone, rule, week, events }) => {
    const cuts = weekCuts(week, timeZone, rule, FIRST_DAY);
    const rows = personRowBuilder(cuts, rule, timeZone)({ events });
    if (rows === null) return;
    const names = rows.veteran.map((row) => row.snapshotWeek);
    assert.equal(new Set(names).size, names.length);
    const atHorizon = rows.veteran.filter((row) => row.snapshotWeek === cuts.veteran.name);
    if (rows.kind > 2) return assert.deepEqual(rows.veteran, []);
    assert.deepEqual(atHorizon.map((row) => [row.label, row.trains]), [[rows.kind === 1 ? 'churned' : 'engaged', rule.trainOn === 'all-veterans']]);
  }), { seed, numRuns: 100 });
});

test('snapshots are week cuts with s + H ≤ T, newest first, none missing up to the configured age', () => {
  fc.assert(fc.property(zone, rule, week, (timeZone, rule, week) => {
    const cuts = weekCuts(week, timeZone, rule, FIRST_DAY);
    const expected: string[] = [];
    for (let past = addWeeks(week, -1); expected.length < rule.maximumSnapshotWeeks && cutDayOf(past) >= addDays(FIRST_DAY, rule.minimumHistoryDays); past = addWeeks(past, -1)) {
      if (addDays(cutDayOf(past), rule.horizonDays) <= cutDayOf(week)) expected.push(past);
    }
    assert.deepEqual(cuts.snapshots.map((snapshot) => snapshot.name), expected);
    for (const snapshot of [cuts.veteran, ...cuts.snapshots]) {
      assert.ok(snapshot.outcomeEndUs <= cuts.now.atUs);
    }
  }), { seed, numRuns: 100 });
});
