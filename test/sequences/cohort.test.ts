import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/activity';
import { createAlmanac } from '../../src/client.ts';
import { cohortId } from '../../src/domain/release/ids.ts';
import { eventually } from '../stack.ts';
import { sequenceWorld, untilCancelled, type SequenceWorld } from './world.ts';

suite('a cohort', () => {
  let world: SequenceWorld;
  before(async () => {
    world = await sequenceWorld();
  });
  after(() => world.dispose());

  const sdk = () => createAlmanac({ client: world.client, taskQueue: world.taskQueue }).cohorts;
  const start = (property: string) => sdk().start({ property, cohort: 'spring', people: { minimumEvents: 2 }, asOf: '2026-03-09' });

  test('plans, has the model served, and scores every range of shards', async () => {
    const property = world.property('scored');
    await start(property);
    const result = await sdk().result(property, 'spring');
    assert.deepEqual(result, { state: 'done', people: 6, scored: 2, notEnoughHistory: 2, unknown: 2, sentence: '2 of 6 people scored' });
    assert.deepEqual(await world.steps(cohortId(property, 'spring')), ['planCohort', 'deployModel', 'scoreCohortShards', 'scoreCohortShards']);
    assert.deepEqual(world.calls(property).filter(({ step }) => step === 'scoreCohortShards').map(({ input }) => input.shards), [[0], [1]]);
    assert.deepEqual(await sdk().status(property, 'spring'), result);
  });

  test('that runs is joined by the same request, and refuses another one under its name', async () => {
    const property = world.property('joined-cohort', { scoreCohortShards: untilCancelled });
    const asked = { property, cohort: 'spring', people: { minimumEvents: 2 }, asOf: '2026-03-09' };
    await sdk().start(asked);
    await sdk().start(asked);
    for (const other of [{ people: { minimumEvents: 3 } }, { asOf: '2026-03-10' }, { week: '2026-W09' }]) {
      await assert.rejects(sdk().start({ ...asked, ...other }), { code: 'busy', message: `cohort spring of ${property} runs already for other people, another day or another week's model: wait for its end, or take another name` });
    }
    await world.client.workflow.getHandle(cohortId(property, 'spring')).terminate();
    await sdk().start({ ...asked, asOf: '2026-03-10' });
  });

  test('that cannot be planned fails and says why', async () => {
    const property = world.property('no-week', {
      planCohort: async () => {
        throw ApplicationFailure.nonRetryable('no week has a release; build one', 'week-unknown');
      },
    });
    await start(property);
    await assert.rejects(sdk().result(property, 'spring'));
    const { state, sentence } = await sdk().status(property, 'spring');
    assert.deepEqual([state, sentence], ['failed', 'no week has a release; build one']);
    assert.deepEqual(await world.steps(cohortId(property, 'spring')), ['planCohort']);
  });

  test('that is cancelled ends the scoring', async () => {
    const property = world.property('cancelled-cohort', { scoreCohortShards: untilCancelled });
    await start(property);
    await eventually(async () => world.calls(property).filter(({ step }) => step === 'scoreCohortShards').length === 2, 30_000, 'both ranges');
    const handle = world.client.workflow.getHandle(cohortId(property, 'spring'));
    await handle.cancel();
    await assert.rejects(handle.result(), ({ cause }: Error) => cause instanceof Error && cause.name === 'CancelledFailure');
  });
});
