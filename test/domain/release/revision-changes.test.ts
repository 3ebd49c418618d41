import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesCounter, type Standing } from '../../../src/domain/release/revision-changes.ts';
import type { Kind } from '../../../src/domain/churn/rule.ts';

const of = (kind: Kind, decile: number | null = null): Standing => ({ kind, decile });

test('every pair of kinds is counted, with those who came, went and stayed', () => {
  const changes = changesCounter({ most: 10, hasKinds: true });
  changes.add('a', of(1), of(2));
  changes.add('b', of(2), of(1));
  changes.add('c', of(4), of(2));
  changes.add('d', of(3, 5), of(3, 5));
  changes.add('e', of(3, 5), of(3, 6));
  changes.add('f', of(3, 5), of(2));
  changes.add('g', null, of(4));
  changes.add('h', of(4), null);
  changes.add('i', of(1), of(1));
  const { people, ...counts } = changes.result();
  assert.deepEqual(counts, { kind: 6, decile: 1, notListed: 0, moves: { '1→2': 1, '2→1': 1, '4→2': 1, '3→3': 2, '3→2': 1, 'new→4': 1, '4→gone': 1, '1→1': 1 } });
  assert.deepEqual(people.map(({ user }) => user), ['a', 'b', 'c', 'e', 'f', 'g', 'h']);
  assert.deepEqual(people[5], { user: 'g', before: { kind: null, decile: null }, after: { kind: 4, decile: null } });
});

test('the list is bounded, and says how many it leaves out', () => {
  const changes = changesCounter({ most: 2, hasKinds: true });
  for (let person = 0; person < 5; person += 1) changes.add(`p${person}`, of(1), of(2));
  changes.add('q', of(3, 1), of(3, 2));
  const { people, notListed, kind, decile } = changes.result();
  assert.deepEqual([people.map(({ user }) => user), notListed, kind, decile], [['p0', 'p1'], 4, 5, 1]);
});

test('where one revision kept no kinds nothing is said of them', () => {
  const changes = changesCounter({ most: 2, hasKinds: false });
  changes.add('a', of(3, 1), null);
  assert.deepEqual(changes.result().moves, null);
});
