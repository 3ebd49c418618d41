import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newestReplicaSet, reasonsOf } from '../../../src/kubernetes/reasons.ts';
import { statusOf, translateClusterError } from '../../../src/kubernetes/translate-cluster-error.ts';
import { publishing } from '../../../src/publishers/kubernetes/names.ts';
import { cameUpBefore, goingBackTo, judgeRollout, rememberedBefore, remembering } from '../../../src/publishers/kubernetes/rollout.ts';
import type { CoreV1Event, V1Deployment, V1DeploymentStatus, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';

const live = (status: V1DeploymentStatus, { generation = 2, replicas = 2 } = {}): V1Deployment => ({ metadata: { name: 'w', generation }, spec: { replicas, progressDeadlineSeconds: 60, selector: {}, template: {} }, status });
const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

describe('a rollout', () => {
  test('is done when all pods are new and available, as seen of the newest generation', () => {
    assert.deepEqual(judgeRollout(live(whole)), { state: 'done' });
    assert.deepEqual(judgeRollout(live({ ...whole, observedGeneration: 1 })), { state: 'waiting', said: 'the cluster has not looked at it yet' });
    assert.deepEqual(judgeRollout(live({ ...whole, updatedReplicas: 1 })), { state: 'waiting', said: '1 of 2 pods are new' });
    assert.deepEqual(judgeRollout(live({ ...whole, replicas: 3 })), { state: 'waiting', said: '1 old pods are still there' });
    assert.deepEqual(judgeRollout(live({ ...whole, availableReplicas: 1 })), { state: 'waiting', said: '1 of 2 pods are available' });
    assert.equal(judgeRollout(live({ observedGeneration: 2 })).state, 'waiting');
  });

  test('has failed when its time is over or its pods cannot be created, and not by what an older generation said', () => {
    const late = { ...whole, availableReplicas: 0, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] };
    assert.deepEqual(judgeRollout(live(late)), { state: 'failed', said: 'its pods were not ready within 60 s' });
    assert.equal(judgeRollout(live({ ...late, observedGeneration: 1 })).state, 'waiting');
    assert.deepEqual(judgeRollout(live({ observedGeneration: 2, conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'violates PodSecurity' }] })), { state: 'failed', said: 'violates PodSecurity' });
  });

  const manifest = (image: string): V1Deployment => ({ metadata: { name: 'w' }, spec: { selector: {}, template: { spec: { containers: [{ name: 'e', image }] } } } });
  const imageOf = (deployment: V1Deployment | null) => deployment?.spec?.template.spec?.containers[0]?.image;
  const settled = [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }];
  /** It came up, and a node died since. */
  const short = (deployment: V1Deployment): V1Deployment => ({ ...asLive(deployment, true), status: { ...whole, availableReplicas: 1, unavailableReplicas: 1, conditions: settled } });
  const asLive = (deployment: V1Deployment, isUp: boolean): V1Deployment => ({ ...deployment, metadata: { ...deployment.metadata, generation: 2 }, spec: { ...deployment.spec!, replicas: 2 }, status: isUp ? whole : { observedGeneration: 2 } });

  test('remembers the last one that came up, over any number that did not', () => {
    const first = remembering(manifest('good'), null);
    assert.equal(rememberedBefore(first), null);
    const second = remembering(manifest('bad'), asLive(first, true));
    assert.equal(imageOf(rememberedBefore(second)), 'good');
    // A crash between applying and judging: the same again, then another.
    assert.equal(imageOf(rememberedBefore(remembering(manifest('bad'), asLive(second, false)))), 'good');
    assert.equal(imageOf(rememberedBefore(remembering(manifest('worse'), asLive(second, false)))), 'good');
    assert.equal(imageOf(rememberedBefore(remembering(manifest('better'), asLive(second, true)))), 'bad');
    assert.deepEqual(remembering(manifest('good'), asLive(first, true)).spec, first.spec, 'the same again changes no pods');
  });

  test('goes back to what came up last, and not behind it, when a pod was missing for a moment', () => {
    const two = remembering(manifest('two'), asLive(remembering(manifest('one'), null), true));
    const again = remembering(manifest('two'), short(two));
    assert.deepEqual([rememberedBefore(again), cameUpBefore(again)], [null, true], 'the same again, which does not come up in time');
    assert.equal(imageOf(rememberedBefore(remembering(manifest('three'), short(two)))), 'two');
    assert.equal(imageOf(rememberedBefore(remembering(manifest('three'), short(again)))), 'two');
    // Said of the rollout before: it is not of the newest generation, or there are still pods of another text.
    assert.equal(imageOf(rememberedBefore(remembering(manifest('three'), { ...short(two), status: { ...short(two).status, observedGeneration: 1 } }))), 'one');
    assert.equal(imageOf(rememberedBefore(remembering(manifest('three'), { ...short(two), status: { ...short(two).status, replicas: 3, updatedReplicas: 1 } }))), 'one');
  });

  test('what was gone back to is gone back to again, before its pods are all there', () => {
    const back = goingBackTo(manifest('two'));
    assert.deepEqual([rememberedBefore(back), cameUpBefore(back)], [null, true]);
    assert.equal(imageOf(rememberedBefore(remembering(manifest('three'), asLive(back, false)))), 'two');
    assert.equal(cameUpBefore(remembering(manifest('one'), null)), false);
  });
});

test('reasons are those of the newest ReplicaSet and its pods, each once', () => {
  const set = (uid: string, revision: string): V1ReplicaSet => ({ metadata: { uid, annotations: { 'deployment.kubernetes.io/revision': revision } } });
  const pod = (uid: string, owner: string, status: V1Pod['status']): V1Pod => ({ metadata: { uid, ownerReferences: [{ uid: owner, apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner }] }, status });
  const event = (uid: string, type: string, message: string): CoreV1Event => ({ type, reason: 'FailedCreate', message, metadata: {}, involvedObject: { uid, kind: 'ReplicaSet' } });
  const pulling = { containerStatuses: [{ name: 'e', image: '', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }] };
  const newest = newestReplicaSet([set('old', '9'), set('new', '10')]);
  assert.equal(newest?.metadata?.uid, 'new');
  const pods = [pod('1', 'new', pulling), pod('2', 'new', pulling), pod('3', 'old', { containerStatuses: [{ ...pulling.containerStatuses[0]!, state: { waiting: { reason: 'Old' } } }] })];
  assert.deepEqual(reasonsOf(newest, pods, [event('new', 'Warning', 'quota'), event('new', 'Normal', 'fine'), event('old', 'Warning', 'old')]), ['ImagePullBackOff (no such image)', 'ReplicaSet FailedCreate (quota)']);
});

test('what only a person can mend is final; the rest is tried again, as late as the server says', () => {
  const answer = (code: number, headers = {}) => Object.assign(new Error('HTTP'), { code, headers, body: JSON.stringify({ message: `said ${code}` }) });
  const about = { did: 'apply Deployment w', server: 'https://k8s', ...publishing };
  for (const code of [401, 403, 404, 409, 422]) {
    const failure = translateClusterError(answer(code), about);
    assert.deepEqual([failure.code, failure.isFinal], ['cluster-refused', true]);
    assert.match(failure.message, new RegExp(`apply Deployment w: said ${code}\\.`));
  }
  const busy = translateClusterError(answer(429, { 'retry-after': '7' }), about);
  assert.deepEqual([busy.code, busy.isFinal, busy.retryAfterMs], ['cluster-unavailable', false, 7000]);
  for (const code of [500, 503, 504]) assert.deepEqual(translateClusterError(answer(code), about).isFinal, false);
  const away = translateClusterError(new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) }), about);
  assert.match(away.message, /does not answer when asked to apply Deployment w: ECONNREFUSED/);
  const late = translateClusterError(new DOMException('aborted due to timeout', 'TimeoutError'), about);
  assert.match(late.message, /does not answer when asked to apply Deployment w: aborted due to timeout/);
  assert.deepEqual([statusOf(answer(409)), statusOf(new Error('x'))], [409, 0]);
});
