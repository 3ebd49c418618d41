import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, isSameJudgement, warned } from '../../../src/domain/check.ts';
import { countOf, eventsOf, keepNames, nameCounter, sumNames } from '../../../src/domain/activity/event-names.ts';
import { judgeContent } from '../../../src/domain/activity/verdict.ts';
import { daySentence } from '../../../src/domain/activity/day-sentence.ts';
import { DEFAULTS, judgeLast, ordinaryDays, renamed, type OrdinaryDay } from './ordinary-days.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
/** Every day of sixty from each seed, the first days included. */
const looks = SEEDS.slice(0, 10).flatMap((seed) => {
  const days = ordinaryDays(60, seed);
  return days.map((_, index) => days.slice(0, index + 1));
});
/** A day that ends the sixty, with something wrong with it. */
const faulty = (seed: number, fault: (today: OrdinaryDay) => OrdinaryDay, days = 60): OrdinaryDay[] => {
  const all = ordinaryDays(days, seed);
  return [...all.slice(0, -1), fault(all.at(-1)!)]; // there are some
};
const kept = (today: OrdinaryDay, share: number): OrdinaryDay => ({ ...today, rows: Math.floor(today.rows * share), anonymous: Math.floor(today.anonymous * share), quarantined: 0 });

test('600 ordinary days with a weekly rhythm, growth and campaigns: no check fails and none warns', () => {
  const alarms = looks.map((days) => ({ day: days.at(-1)?.day, ...judgeLast(days) })).filter(({ state, checks }) => state !== 'final' || warned(checks).length > 0);
  assert.deepEqual(alarms, []);
});

test('volume: a day is compared with its own weekday: a Monday as quiet as a Sunday is low', () => {
  for (const seed of SEEDS) {
    const lastMonday = 57;
    const low = judgeLast(faulty(seed, (today) => kept(today, 0.03), lastMonday));
    assert.equal(low.state, 'low-volume');
    assert.match(low.reason ?? '', /^\d+ records are [2-4](\.\d)? % of the usual 1\d{3} \(limit 5 %\)/);
    const few = judgeLast(faulty(seed, (today) => kept(today, 0.15), lastMonday));
    assert.deepEqual([few.state, warned(few.checks).map(({ check }) => check)], ['final', ['volume']]);
  }
});

test('unknown people: nearly all is a failure, most is a warning, and a day of a few records is not judged', () => {
  const lost = (share: number) => (today: OrdinaryDay): OrdinaryDay => {
    const records = today.rows + today.anonymous;
    const anonymous = Math.round(records * share);
    return { ...today, anonymous, rows: records - anonymous };
  };
  const nearlyAll = judgeLast(faulty(1, lost(0.99)));
  assert.deepEqual([nearlyAll.state, nearlyAll.reason?.replace(/\d+ of \d+/, 'n of m')], ['unknown-people', 'n of m records name no person (99 %; limit 98 %)']);
  const most = judgeLast(faulty(1, lost(0.9)));
  assert.deepEqual([most.state, most.reason, warned(most.checks).map(({ check }) => check)], ['final', null, ['unknown-people']]);
  const [today] = ordinaryDays(1, 1);
  assert.equal(judgeLast([{ ...today!, rows: 0, anonymous: 19 }], { ...DEFAULTS, expectedEvents: [] }).state, 'final');
});

test('unknown people: where a row stands for many events, the share is of events, and the day says both', () => {
  const judged = ({ known, anonymous }: { known: number; anonymous: number }) => {
    const counts = { rows: 600, anonymous: 3, quarantined: 0, sourceEvents: { known, anonymous } };
    const { state, checks } = judgeContent(counts, { ...DEFAULTS, expectedEvents: [] });
    return { state, checks: checks.filter(({ check }) => check === 'unknown-people'), counts };
  };
  const most = judged({ known: 600, anonymous: 19_000 });
  assert.deepEqual([most.state, most.checks.map(({ level, sentence }) => [level, sentence])], ['final', [['warn', '19000 of 19600 events name no person (96.9 %; limit 80 %)']]]);
  assert.equal(judged({ known: 100, anonymous: 19_000 }).state, 'unknown-people');
  assert.deepEqual(judged({ known: 9000, anonymous: 19_000 }).checks.map(({ level }) => level), ['ok']);
  assert.match(daySentence({ property: 'p', day: '2026-03-02', reason: null, ...most, ...most.counts }), /^day 2026-03-02 of p is final: 600 rows for 600 events, 19000 events without a person; warning unknown-people: /);
});

test('missing events: every expected name must occur, and the sentence says which does not', () => {
  const verdict = judgeLast(faulty(2, (today) => renamed(today, (name) => (name === 'purchase' ? null : name))));
  assert.equal(verdict.state, 'missing-events');
  assert.match(verdict.reason ?? '', /^no event is named "purchase"; the day has "page_view" \(\d+\), "view_item" \(\d+\), /);
  const warnsOnly = judgeLast(faulty(2, (today) => renamed(today, (name) => (name === 'purchase' ? null : name))), { ...DEFAULTS, missingEvents: { warn: 0, fail: 0.5 } });
  assert.deepEqual([warnsOnly.state, warned(warnsOnly.checks).map(({ check }) => check)], ['final', ['missing-events']]);
});

test('missing events: a rare name may be away from a small day, a name that was never seen may not', () => {
  const [days, small] = [ordinaryDays(55, 4), ordinaryDays(56, 4).at(-1)!]; // a Sunday
  const without = renamed(small, (name) => (name === 'purchase' ? null : name));
  assert.equal(judgeLast([...days, without]).state, 'final');
  assert.equal(judgeLast([...days, without], { ...DEFAULTS, expectedEvents: ['sign_up'] }).state, 'missing-events');
});

test('several failures: the first names the day, every one is in the reason', () => {
  const verdict = judgeLast(faulty(3, (today) => kept(renamed(today, (name) => (name === 'page_view' ? 'screen_view' : name)), 0.03)));
  assert.equal(verdict.state, 'low-volume');
  assert.deepEqual(failed(verdict.checks).map(({ check }) => check), ['volume', 'missing-events', 'renamed-event']);
  for (const words of [/of the usual/, /no event is named "page_view"/, /"page_view".* is gone and "screen_view".* is new/]) assert.match(verdict.reason ?? '', words);
});

test('a warning is in the day\'s sentence, and two looks that say the same are the same judgement', () => {
  const verdict = judgeLast(faulty(1, (today) => kept(today, 0.2)));
  const end = { property: 'p', day: '2026-03-02', rows: 10, anonymous: 0, quarantined: 0, state: verdict.state, reason: verdict.reason, checks: verdict.checks };
  assert.match(daySentence(end), /^day 2026-03-02 of p is final: 10 events; warning volume: \d+ records are/);
  assert.ok(isSameJudgement(verdict.checks, verdict.checks.map((check) => ({ ...check, sentence: 'other figures' })).toReversed()));
  assert.ok(!isSameJudgement(verdict.checks, []));
  for (const state of ['unknown-people', 'missing-events', 'renamed-event'] as const) assert.match(daySentence({ ...end, state, reason: 'why' }), new RegExp(`failed \\(${state}\\): why\\. Correct the source, or: npx almanac source waive p 2026-03-02`));
});

test('names are counted in bounded memory, and what is kept is the most frequent and the expected', () => {
  const counter = nameCounter();
  for (let index = 0; index < 3000; index += 1) counter.add(`name-${index}`);
  for (let index = 0; index < 50; index += 1) counter.add('name-7');
  const counted = counter.result();
  assert.deepEqual([counted.counts.length, counted.counts[0], counted.others, eventsOf(counted)], [1000, ['name-7', 51], 2000, 3050]);
  const keep = keepNames(counted, ['name-999', 'never']);
  assert.deepEqual([keep.counts.length, countOf(keep, 'name-999'), countOf(keep, 'never'), eventsOf(keep)], [201, 1, 0, 3050]);
  const halves = [['b', 'a'], ['c', 'b']].map((names) => {
    const half = nameCounter();
    names.forEach((name) => half.add(name));
    return half.result();
  });
  assert.deepEqual(sumNames(halves), { counts: [['b', 2], ['a', 1], ['c', 1]], others: 0 });
  assert.deepEqual(sumNames(halves), sumNames(halves.toReversed()));
});
