import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeJob } from '../../../src/runners/kubernetes/judge-pod.ts';
import { readLastWord, writeLastWord, type LastWord } from '../../../src/runners/kubernetes/order.ts';
import type { V1ContainerState, V1Job, V1Pod, V1PodStatus } from '@kubernetes/client-node';

const startedAt = '2026-01-01T00:00:00Z' as never;
const startedMs = Date.parse('2026-01-01T00:00:00Z');
const job = (type?: string, reason?: string): V1Job => ({ status: type === undefined ? {} : { conditions: [{ type, status: 'True', ...(reason ? { reason } : {}) }] } });
const pod = (status: V1PodStatus): V1Pod => ({ status });
const container = (state: V1ContainerState): V1PodStatus => ({ containerStatuses: [{ name: 'job', image: '', imageID: '', ready: false, restartCount: 0, state }] });
const finished: LastWord = { outcome: { exitCode: 0, reason: 'finished', cpuSeconds: 1, peakMemoryMb: 2 }, result: { name: 'job-result/x.json', sha256: 'x', bytes: 1 } };

describe('what a Job and its pod say', () => {
  test('nothing yet, or that it waits for a node or its image', () => {
    assert.deepEqual(judgeJob(job(), undefined), { state: 'waiting' });
    assert.deepEqual(judgeJob(job(), pod({ phase: 'Pending' })), { state: 'waiting' });
    for (const reason of ['ContainerCreating', 'ErrImagePull']) assert.deepEqual(judgeJob(job(), pod(container({ waiting: { reason } }))), { state: 'waiting' });
  });

  test('that it cannot begin: what a person must mend is final, a registry may come back', () => {
    for (const [reason, isFinal] of [['InvalidImageName', true], ['ErrImageNeverPull', true], ['CreateContainerConfigError', true], ['ImagePullBackOff', false], ['RunContainerError', false]] as const) {
      assert.deepEqual(judgeJob(job(), pod(container({ waiting: { reason } }))), { state: 'stuck', isFinal });
    }
  });

  test('that it runs, and how it ended in its own words', () => {
    assert.deepEqual(judgeJob(job(), pod(container({ running: { startedAt } }))), { state: 'running', startedMs });
    const terminated = { exitCode: 0, startedAt, message: writeLastWord(finished) };
    assert.deepEqual(judgeJob(job('Complete'), pod(container({ terminated }))), { state: 'ended', word: finished, exitCode: 0, isStarved: false, startedMs });
  });

  test('the mark of a lack of memory, whatever it said', () => {
    const terminated = { exitCode: 0, reason: 'OOMKilled', startedAt, message: writeLastWord(finished) };
    assert.deepEqual(judgeJob(job(), pod(container({ terminated }))), { state: 'ended', word: finished, exitCode: 0, isStarved: true, startedMs });
  });

  test('that the cluster took its pod: that is no failure of the work', () => {
    assert.deepEqual(judgeJob(job('Failed', 'BackoffLimitExceeded'), pod({ phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })), { state: 'taken', said: 'Evicted (The node was low on resource: memory.)' });
    assert.deepEqual(judgeJob(job('Failed', 'BackoffLimitExceeded'), undefined), { state: 'taken', said: 'its pod was deleted' });
    const drained: V1PodStatus = { ...container({ terminated: { exitCode: 143, startedAt } }), conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'by drain' }] };
    assert.deepEqual(judgeJob(job(), pod(drained)), { state: 'taken', said: 'EvictionByEvictionAPI (by drain)' });
    const done: V1PodStatus = { ...drained, ...container({ terminated: { exitCode: 0, startedAt, message: writeLastWord(finished) } }) };
    assert.equal(judgeJob(job(), pod(done)).state, 'ended', 'its result was kept before');
  });

  test('that its time was over', () => {
    assert.deepEqual(judgeJob(job('FailureTarget', 'DeadlineExceeded'), undefined), { state: 'overdue' });
  });
});

test('a last word fits into a termination message, and nothing else is one', () => {
  const long = writeLastWord({ failure: { code: 'store-unavailable', message: 'ä'.repeat(5000), isFinal: false } });
  assert.ok(Buffer.byteLength(long) < 4096);
  for (const text of [undefined, '', 'Killed', 'null', '{}', '7']) assert.equal(readLastWord(text), undefined);
});
