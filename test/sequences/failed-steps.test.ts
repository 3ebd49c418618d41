import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { createActivities, type Plugs } from '../../activities/index.ts';
import { Failure } from '../../src/domain/failure.ts';

const claim = { property: 'site', day: '2026-01-01', sourceVersion: 'a', mappingHash: 'b' };

suite('a step that fails, as the server hears of it', () => {
  /** What a step throws whose store fails like this. */
  async function thrown(error: Error): Promise<unknown> {
    const steps = createActivities({ activityStore: { claimGeneration: async () => Promise.reject(error) } } as unknown as Plugs);
    return steps.claimDay(claim).then(() => assert.fail('the step came through'), (failure: unknown) => failure);
  }
  async function heard(error: Failure): Promise<ApplicationFailure> {
    const failure = await thrown(error);
    assert.ok(failure instanceof ApplicationFailure);
    return failure;
  }

  test('what trying again cannot mend is not tried again, and is named by its code', async () => {
    const { type, message, nonRetryable, nextRetryDelay } = await heard(new Failure('source-refused', 'Google refused table x. Grant Viewer'));
    assert.deepEqual({ type, message, nonRetryable, nextRetryDelay }, { type: 'source-refused', message: 'Google refused table x. Grant Viewer', nonRetryable: true, nextRetryDelay: undefined });
  });

  test('a wait that the other side asked for is the server\'s timer', async () => {
    const { type, nonRetryable, nextRetryDelay } = await heard(new Failure('source-busy', 'asked again later', { isFinal: false, retryAfterMs: 2_405_000 }));
    assert.deepEqual({ type, nonRetryable, nextRetryDelay }, { type: 'source-busy', nonRetryable: false, nextRetryDelay: 2_405_000 });
  });

  test('without one the step\'s own pauses count', async () => {
    const { nonRetryable, nextRetryDelay } = await heard(new Failure('source-unavailable', 'asked again', { isFinal: false }));
    assert.deepEqual({ nonRetryable, nextRetryDelay }, { nonRetryable: false, nextRetryDelay: undefined });
  });

  test('nothing of a cause goes with it: it may hold what a history must not', async () => {
    const failure = await heard(new Failure('store-unavailable', 'the store is away', { isFinal: false, cause: new Error('Bearer ya29.secret') }));
    assert.equal(failure.cause, undefined);
    assert.deepEqual(failure.details ?? [], []);
  });

  test('an error of another family is left as it is', async () => {
    const error = new TypeError('a mistake of ours');
    assert.equal(await thrown(error), error);
  });
});
