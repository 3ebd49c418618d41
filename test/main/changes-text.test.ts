import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesText } from '../../src/main/cli/week-changes.ts';
import type { ListedChanges } from '../../src/domain/release/revision-changes.ts';

const changes: ListedChanges = {
  property: 'shop', week: '2026-W10', previous: 1, revision: 2, kind: 12_001, decile: 1, notListed: 12_000, moves: { '1→1': 40, '1→2': 12_000, 'new→4': 1, '3→3': 7 },
  people: [
    { user: 'ann', before: { kind: 3, decile: 4 }, after: { kind: 3, decile: 5 } },
    { user: 'ben', before: { kind: null, decile: null }, after: { kind: 4, decile: null } },
  ],
};

test('changes of a week: who moved from which kind to which, the people, and how many are not listed', () => {
  assert.equal(changesText(changes), [
    'revision 2 against 1: 12,001 changed kind, 1 changed decile',
    '              to kind 1  to kind 2  to kind 3  to kind 4  to nowhere',
    'from kind 1          40     12,000          0          0           0',
    'from kind 2           0          0          0          0           0',
    'from kind 3           0          0          7          0           0',
    'from kind 4           0          0          0          0           0',
    'from nowhere          0          0          0          1           0',
    'person  before            after',
    'ann     kind 3, decile 4  kind 3, decile 5',
    'ben     nowhere           kind 4',
    'and 12,000 more, who are counted and not listed',
  ].join('\n'));
});

test('against a revision that kept no kinds only kind 3 is spoken of', () => {
  const text = changesText({ ...changes, moves: null, notListed: 0, kind: 1, people: [{ user: 'ann', before: { kind: 3, decile: 4 }, after: { kind: null, decile: null } }] });
  assert.match(text, /^revision 2 against 1: 1 came to or left kind 3, 1 changed decile\nMoves among the other kinds are not known: revision 1 was built before/);
  assert.match(text, /\nann +decile 4 +not kind 3$/);
});
