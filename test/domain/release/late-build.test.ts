import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lateSentence } from '../../../src/domain/release/late-build.ts';
import { STAGES, type StageRow, type StageState } from '../../../src/domain/release/stages.ts';

test('a build that is late names the stage at which it stands, or for which it waits', () => {
  const said = (...states: StageState[]): string => lateSentence({
    property: 'shop', week: '2011-W40', revision: 2, hours: 6, stages: states.map((state, index): StageRow => ({ stage: STAGES[index]!, state, figures: '', tookMs: null })), // at most six
  });
  assert.equal(said('done', 'done', 'done', 'done', 'running'),
    'revision 2 of 2011-W40 is still at stage score after 6 hours. It goes on by itself when what it needs is there; what its steps met is under week/shop/2011-W40/r2 in the Web UI.');
  assert.match(said('done', 'done'), /^revision 2 of 2011-W40 still waits to begin stage train, for which the week before must be decided after 6 hours\./);
  assert.match(said(), /still waits to begin stage days after 6 hours/);
  assert.match(said(...STAGES.map(() => 'done' as const)), /still waits to begin stage days after/, 'the stages are those of the revision before');
});
