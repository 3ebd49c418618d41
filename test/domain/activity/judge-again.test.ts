import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeAgain, judgedAlong, namedDays, namesAlike, settledVolumes, stateUnder, type ChangedVerdict, type JudgedDay } from '../../../src/domain/activity/judge-again.ts';
import { judgeDay, volumeLookBackDays, type DayChecks } from '../../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../../src/domain/calendar/day.ts';
import type { EventNames } from '../../../src/domain/activity/event-names.ts';

const checks: DayChecks = { badRowShare: 0.05, lowVolumeShare: 0.05, volumeHistoryDays: 5 };
const all: DayChecks = {
  ...checks, leastRecords: 20, unknownPeople: { warn: 0.5, fail: 0.9 }, expectedEvents: ['view', 'refund'], missingEvents: { warn: 0, fail: 0.6 }, renamedEvent: { warn: 0.05, fail: 0.2 },
};
const first = '2011-03-01';
const dayAt = (index: number): Day => addDays(first, index);
const byDay = (a: JudgedDay, b: JudgedDay): number => (a.day < b.day ? -1 : 1);

interface Content { readonly rows: number; readonly anonymous?: number; readonly quarantined?: number; readonly eventNames?: EventNames; readonly finality?: 'final' | 'provisional'; readonly mappingHash?: string }

/** Takes the days in in this order, each judged against those that are in by then, as a look does. */
function takenIn(contents: readonly Content[], order: readonly number[], by = checks): JudgedDay[] {
  const days = new Map<Day, JudgedDay>();
  for (const index of order) {
    const { finality = 'final', mappingHash = 'm1', rows, anonymous = 0, quarantined = 0, eventNames = null } = contents[index]!;
    const [day, counts] = [dayAt(index), { rows, anonymous, quarantined, eventNames }];
    const before = [...days.values()].filter((other) => other.day < day && other.day >= addDays(day, -volumeLookBackDays)).sort(byDay);
    const verdict = judgeDay(day, counts, by, settledVolumes(before), namesAlike(namedDays(before), mappingHash));
    days.set(day, { day, ...counts, mappingHash, ...verdict, state: verdict.state === 'final' ? finality : verdict.state });
  }
  return [...days.values()].sort(byDay);
}

/** The days after they were judged again, oldest first, and what changed. */
function judgedAgain(days: readonly JudgedDay[], { from = first, by = checks, contents = [] as readonly Content[] } = {}): { days: JudgedDay[]; changes: ChangedVerdict[] } {
  const standing: JudgedDay[] = [];
  const changes: ChangedVerdict[] = [];
  days.forEach((known, index) => {
    const change = known.day < from ? null : judgeAgain(known, standing, by);
    if (change) changes.push(change);
    standing.push(change ? { ...known, state: stateUnder(change.state, contents[index]?.finality ?? 'final'), reason: change.reason, checks: change.checks } : known);
  });
  return { days: standing, changes };
}

const plain = (rows: readonly number[]): Content[] => rows.map((each) => ({ rows: each }));
const newestFirst = (contents: readonly unknown[]): number[] => contents.map((_, index) => index).toReversed();
const oldestFirst = (contents: readonly unknown[]): number[] => contents.map((_, index) => index);

test('a day of 3 % that came in before its past is low in the end, and final days stay', () => {
  const contents = plain([200, 200, 200, 200, 200, 200, 6, 200]);
  const days = takenIn(contents, newestFirst(contents));
  assert.deepEqual(days.map(({ state }) => state), Array(8).fill('final'));
  const sentence = '6 records are 3 % of the usual 200 (limit 5 %)';
  assert.deepEqual(judgedAgain(days).changes, [{ day: '2011-03-07', was: 'final', state: 'low-volume', reason: sentence, checks: [{ check: 'volume', level: 'fail', sentence }] }]);
});

test('a name that was renamed is noticed once its past is in, and the warning of a final day too', () => {
  const names = (name: string, share = 1): EventNames => ({ counts: [['view', 200 * (1 - share)], [name, 200 * share]], others: 0 });
  for (const [share, state, level] of [[0.4, 'renamed-event', 'fail'], [0.1, 'final', 'warn']] as const) {
    const contents = [...Array.from({ length: 6 }, (): Content => ({ rows: 200, eventNames: names('buy', share) })), { rows: 200, eventNames: names('purchase', share) }];
    const { days, changes } = judgedAgain(takenIn(contents, newestFirst(contents), all), { by: all });
    assert.deepEqual(changes.map((change) => [change.day, change.was, change.state]), [[dayAt(6), 'final', state]]);
    assert.deepEqual(days.at(-1)?.checks.find(({ check }) => check === 'renamed-event')?.level, level);
    const otherMap = contents.map((content, index) => (index === 6 ? { ...content, mappingHash: 'm2' } : content));
    assert.deepEqual(judgedAgain(takenIn(otherMap, newestFirst(otherMap), all), { by: all }).changes, [], 'another column map has other names');
  }
});

test('an expected name that the past knows to be rare excuses a day that lacks it, whenever the past came in', () => {
  const rare: EventNames = { counts: [['view', 197], ['refund', 3]], others: 0 };
  const contents: Content[] = [...Array.from({ length: 6 }, () => ({ rows: 200, eventNames: rare })), { rows: 200, eventNames: { counts: [['view', 200]], others: 0 }, finality: 'provisional' }];
  const by = { ...all, missingEvents: { warn: 0, fail: 0 } };
  const days = takenIn(contents, newestFirst(contents), by);
  assert.equal(days.at(-1)?.state, 'missing-events');
  assert.deepEqual(judgedAgain(days, { by, contents }).days, takenIn(contents, oldestFirst(contents), by));
});

test('whatever the order in which days came in, they end as if the oldest had come first', () => {
  const world = fc.array(fc.integer({ min: 1, max: 400 }).map((rows) => (rows < 80 ? Math.ceil(rows / 40) : rows)), { minLength: 8, maxLength: 30 })
    .chain((rows) => fc.record({ contents: fc.constant(plain(rows)), order: fc.shuffledSubarray(rows.map((_, index) => index), { minLength: rows.length }) }));
  fc.assert(fc.property(world, ({ contents, order }) => {
    const wanted = takenIn(contents, oldestFirst(contents));
    assert.deepEqual(judgedAgain(takenIn(contents, order)).days, wanted);
    assert.deepEqual(judgedAgain(wanted).changes, [], 'judged once more, nothing changes');
  }), { numRuns: 60 });
});

test('the same with every check, renamed and rare names, people who are not known, rows that are bad and days that may still change', () => {
  const share = fc.constantFrom(0, 0.02, 0.1, 0.3, 0.6);
  const content = fc.record({
    records: fc.constantFrom(0, 6, 15, 150, 200, 400), unknown: fc.constantFrom(0, 0.1, 0.6, 0.95), quarantined: fc.constantFrom(0, 0, 0, 50), old: fc.boolean(), sold: share, refunds: fc.constantFrom(0, 0.01, 0.05),
    finality: fc.constantFrom('final', 'final', 'final', 'provisional'), mappingHash: fc.constantFrom('m1', 'm1', 'm1', 'm2'), isCounted: fc.integer({ min: 0, max: 9 }).map((one) => one > 0),
  }).map(({ records, unknown, quarantined, old, sold, refunds, finality, mappingHash, isCounted }): Content => {
    const anonymous = Math.round(records * unknown);
    const rows = records - anonymous;
    const counts = [[old ? 'buy' : 'purchase', Math.round(rows * sold)], ['refund', Math.round(rows * refunds)]] as const;
    const rest = rows - counts.reduce((sum, [, events]) => sum + events, 0);
    const present = [['view', rest] as const, ...counts].filter(([, events]) => events > 0);
    return { rows, anonymous, quarantined, finality, mappingHash, ...(isCounted ? { eventNames: { counts: present, others: 0 } } : {}) };
  });
  const world = fc.array(content, { minLength: 8, maxLength: 75 })
    .chain((contents) => fc.record({ contents: fc.constant(contents), order: fc.shuffledSubarray(contents.map((_, index) => index), { minLength: contents.length }) }));
  const seen = new Set<string>();
  fc.assert(fc.property(world, ({ contents, order }) => {
    const wanted = takenIn(contents, oldestFirst(contents), all);
    for (const { state } of wanted) seen.add(state);
    assert.deepEqual(judgedAgain(takenIn(contents, order, all), { by: all, contents }).days, wanted);
    assert.deepEqual(judgedAgain(wanted, { by: all, contents }).changes, [], 'judged once more, nothing changes');
  }), { numRuns: 60, seed: 20110301 });
  assert.deepEqual([...seen].sort(), ['bad-rows', 'empty', 'final', 'low-volume', 'missing-events', 'provisional', 'renamed-event', 'unknown-people']);
});

test('what a person or the source has said stays, and days before the range are only looked back on', () => {
  const contents = plain([200, 200, 200, 200, 200, 6, 6, 6]);
  const days = takenIn(contents, newestFirst(contents)).map((known) => (known.day === dayAt(6) ? { ...known, state: 'waived' as const, reason: 'known' } : known));
  assert.deepEqual(judgedAgain(days, { from: dayAt(6) }).changes.map(({ day }) => day), [dayAt(7)]);
});

test('with a range are judged the days after it that have one of its days in their past', () => {
  const { readFrom, until } = judgedAlong({ from: dayAt(70), to: dayAt(72) });
  assert.deepEqual([readFrom, until], [dayAt(70 - volumeLookBackDays), dayAt(72 + volumeLookBackDays)]);
});
