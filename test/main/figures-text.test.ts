import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, figuresText } from '../../src/main/cli/figures.ts';
import type { Comparison, FigureName } from '../../src/domain/activity/ga4/reconcile-day.ts';
import type { DayReconciliation } from '../../src/ports/reconciliation-store.ts';

const compared = (figure: FigureName, stored: number, reported: number): Comparison => ({ figure, stored, reported, difference: 0, isWithin: true });
const all = [compared('people', 1200, 1210), compared('sessions', 1500, 1490), compared('events', 9000, 9001)];
const of = (day: string, generation: number, changes: Partial<DayReconciliation> = {}): DayReconciliation => ({
  property: 'site', day, generation, verdict: 'agrees', comparisons: all, reported: { people: 1210, sessions: 1490, events: 9001 }, marks: [], sentence: 'agrees', ...changes,
});

test('the figures of a day are those of its newest generation, stored beside reported', () => {
  const days = figuresOf([of('2026-01-01', 1, { comparisons: [compared('people', 1, 2)], reported: null }), of('2026-01-01', 2), of('2026-01-02', 1, { verdict: 'differs', marks: ['sampling'] })]);
  assert.equal(figuresText(days), [
    'day         people  reported  sessions  reported  events  reported',
    '2026-01-01   1,200     1,210     1,500     1,490   9,000     9,001  agrees',
    '2026-01-02   1,200     1,210     1,500     1,490   9,000     9,001  differs, sampling',
  ].join('\n'));
});

test('a report that was not compared is shown all the same; one of before has what was compared; where there is none the reason is', () => {
  const [accounts, before, refused] = figuresOf([of('2026-01-01', 1, { comparisons: all.slice(2) }), of('2026-01-02', 1, { reported: null }), of('2026-01-03', 1, { verdict: 'not-compared', comparisons: [], reported: null, sentence: 'Google refused' })]);
  assert.deepEqual([accounts?.stored, accounts?.reported], [{ people: null, sessions: null, events: 9000 }, { people: 1210, sessions: 1490, events: 9001 }]);
  assert.deepEqual(before?.reported, { people: 1210, sessions: 1490, events: 9001 });
  assert.match(figuresText([refused!]), /\n2026-01-03 +Google refused$/);
});
