import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { untilNoneLeft, type Rescue } from '../../src/main/lost-versions.ts';

const left = (...others: string[]): Rescue => ({ moved: [], ended: [], others });

/** Looks that answer one after the other; an Error is thrown. */
function looking(answers: readonly (Rescue | null | Error)[], stopAfter = Infinity) {
  const stopping = new AbortController();
  const warned: unknown[] = [];
  let [looks, pauses] = [0, 0];
  const options = {
    signal: stopping.signal, log: { warn: (...told: unknown[]) => void warned.push(told) },
    pause: async () => {
      if (++pauses > stopAfter) {
        stopping.abort();
        throw new Error('aborted');
      }
    },
    look: async () => {
      const answer = answers[looks++];
      if (answer === undefined) throw new assert.AssertionError({ message: 'looked once too often' });
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { options, counts: () => [looks, pauses, warned.length] };
}

suite('runs of other worker versions are looked at again', () => {
  test('until none remains', async () => {
    const { options, counts } = looking([left('a', 'b'), left('b'), left()]);
    await untilNoneLeft(left('a', 'b'), options);
    assert.deepEqual(counts(), [3, 3, 0]);
  });

  test('not at all when there was none', async () => {
    const { options, counts } = looking([]);
    await untilNoneLeft(left(), options);
    assert.deepEqual(counts(), [0, 0, 0]);
  });

  test('until another version is the current one, or the worker stops; a failed look is taken again', async () => {
    const replaced = looking([new Error('the server is away'), left('a'), null]);
    await untilNoneLeft(left('a'), replaced.options);
    assert.deepEqual(replaced.counts(), [3, 3, 1]);
    const stopped = looking([left('a')], 1);
    await untilNoneLeft(left('a'), stopped.options);
    assert.deepEqual(stopped.counts(), [1, 2, 0]);
  });
});
