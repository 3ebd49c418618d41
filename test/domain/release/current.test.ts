import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentOf, opensCurrent, successorOf, weeksToRetire } from '../../../src/domain/release/current.ts';
import { parseReleaseName, releaseName, type WeekService } from '../../../src/domain/release/release.ts';

const live = (sinceMs = 0): WeekService => ({ state: 'live', revision: 1, sinceMs });
const retired = (successor: string | null): WeekService => ({ state: 'retired', successor, isCleared: true });

test('current is the latest live week, whatever the order', () => {
  const weeks = [{ week: '2012-W01', service: live(50) }, { week: '2011-W52', service: live() }, { week: '2012-W02', service: null }];
  assert.deepEqual(currentOf(weeks, 10), { week: '2012-W01', previous: '2011-W52', graceEndsAtMs: 60 });
  assert.equal(currentOf([{ week: '2011-W52', service: retired(null) }], 10), null);
});

test('the previous week opens current until the grace ends, an older one never', () => {
  const current = currentOf([{ week: '2011-W46', service: live() }, { week: '2011-W47', service: live() }, { week: '2011-W48', service: live(50) }], 10);
  assert(current);
  assert.equal(opensCurrent(current, '2011-W48', 1000), true);
  assert.equal(opensCurrent(current, '2011-W47', 59), true);
  assert.equal(opensCurrent(current, '2011-W47', 60), false);
  assert.equal(opensCurrent(current, '2011-W46', 0), false);
});

test('a successor that was retired hands over to its own', () => {
  const weeks = new Map([['2011-W46', retired('2011-W47')], ['2011-W47', retired('2011-W48')], ['2011-W48', live()], ['2011-W40', retired(null)]]);
  assert.equal(successorOf('2011-W46', weeks), '2011-W48');
  assert.equal(successorOf('2011-W40', weeks), null);
  assert.equal(successorOf('2011-W01', weeks), null);
  assert.equal(successorOf('2011-W46', new Map([['2011-W46', retired('2011-W46')]])), null);
});

test('the latest weeks stay, at least one', () => {
  const weeks = ['2011-W48', '2011-W46', '2011-W47'].map((week) => ({ week, service: live() }));
  assert.deepEqual(weeksToRetire(weeks, 2), ['2011-W46']);
  assert.deepEqual(weeksToRetire(weeks, 0), ['2011-W46', '2011-W47']);
  assert.deepEqual(weeksToRetire(weeks, 8), []);
});

test('a release is named week.revision', () => {
  assert.equal(releaseName({ week: '2011-W48', revision: 2 }), '2011-W48.2');
  assert.deepEqual(parseReleaseName('2011-W48.2'), { week: '2011-W48', revision: 2 });
  for (const text of ['2011-W48', '2011-W48.0', '2011-W53.1', '2011-W48.01', 'x2011-W48.1', '2011-W48.1\n']) assert.equal(parseReleaseName(text), null, text);
});
