import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, warned } from '../../../src/domain/check.ts';
import { DEFAULTS, judgeLast, ordinaryDays, renamed, type OrdinaryDay } from './ordinary-days.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const checks = { ...DEFAULTS, expectedEvents: [] };
const withLast = (days: OrdinaryDay[], fault: (today: OrdinaryDay) => OrdinaryDay): OrdinaryDay[] => [...days.slice(0, -1), fault(days.at(-1)!)]; // there are some
const becomes = (from: string, to: string) => (today: OrdinaryDay): OrdinaryDay => renamed(today, (name) => (name === from ? to : name));

test('a name of a quarter of the past that has become another fails on every weekday, and both names are said', () => {
  for (const seed of SEEDS) {
    const verdict = judgeLast(withLast(ordinaryDays(53 + (seed % 7), seed), becomes('view_item', 'item_view')), checks);
    assert.equal(verdict.state, 'renamed-event', `seed ${seed}`);
    assert.match(verdict.reason ?? '', /^"view_item", \d\d(\.\d)? % of the recent past, is gone and "item_view", \d\d(\.\d)? % of the day, is new: probably renamed \(limit 20 %\)$/);
  }
});

test('a name of a tenth is a warning; a rare one is not noticed', () => {
  const days = ordinaryDays(57, 4);
  const tenth = judgeLast(withLast(days, becomes('purchase', 'ecommerce_purchase')), checks);
  assert.deepEqual([tenth.state, warned(tenth.checks).map(({ check }) => check)], ['final', ['renamed-event']]);
  const rare = judgeLast(withLast(days, becomes('refund', 'give_back')), checks);
  assert.deepEqual([failed(rare.checks), warned(rare.checks)], [[], []]);
});

test('what is gone without a successor, what is new without a predecessor, and a successor of another size are no renaming', () => {
  const days = ordinaryDays(57, 5);
  const faults: ((today: OrdinaryDay) => OrdinaryDay)[] = [
    (today) => renamed(today, (name) => (name === 'view_item' ? null : name)),
    (today) => renamed(renamed(today, (name) => (name === 'refund' ? 'small' : name)), (name) => (name === 'page_view' ? null : name)),
  ];
  for (const fault of faults) assert.equal(judgeLast(withLast(days, fault), checks).state, 'final');
});

test('a name of Tuesdays is missed on a Tuesday, and on no other day', () => {
  const tuesdays = [51, 58];
  for (const last of [52, 53, 54, 55, 56, 57, 58]) {
    const verdict = judgeLast(withLast(ordinaryDays(last, 6), (today) => renamed(today, (name) => (name === 'open_newsletter' ? 'newsletter_opened' : name))), checks);
    assert.equal(verdict.state === 'renamed-event', tuesdays.includes(last), `day ${last}`);
  }
});

test('once somebody has taken responsibility for the first day, the new name is known', () => {
  const days = ordinaryDays(58, 7).map((today, index) => (index >= 56 ? becomes('view_item', 'item_view')(today) : today));
  assert.equal(judgeLast(days.slice(0, 57), checks).state, 'renamed-event');
  assert.equal(judgeLast(days, checks).state, 'final', 'the first day is settled by then');
});

test('two names at once are both said, the greater first', () => {
  const verdict = judgeLast(withLast(ordinaryDays(57, 8), (today) => becomes('page_view', 'screen_view')(becomes('view_item', 'item_view')(today))), checks);
  assert.match(verdict.reason ?? '', /^"page_view".*"screen_view".*; "view_item".*"item_view"/);
});

test('nothing is said without two weeks of names, nor of a day of a few records', () => {
  assert.equal(judgeLast(withLast(ordinaryDays(14, 9), becomes('view_item', 'item_view')), checks).state, 'final');
  assert.equal(judgeLast(withLast(ordinaryDays(15, 9), becomes('view_item', 'item_view')), checks).state, 'renamed-event');
  assert.equal(judgeLast(withLast(ordinaryDays(57, 9), becomes('view_item', 'item_view')), { ...checks, leastRecords: 1_000_000 }).state, 'final');
});
