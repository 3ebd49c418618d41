import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jobManifest, jobName, type JobSettings } from '../../../src/runners/kubernetes/job-manifest.ts';
import { ORDER, type PodOrder } from '../../../src/runners/kubernetes/order.ts';
import type { V1Job } from '@kubernetes/client-node';

const settings: JobSettings = {
  namespace: 'almanac', image: 'almanac:1', imagePullPolicy: 'Never', imagePullSecret: undefined, serviceAccount: 'almanac-trainer', cpu: '1', startSeconds: 600,
  bucket: { bucket: 'artifacts', prefix: '', region: undefined, endpoint: 'https://s3.example.com' }, bucketKey: { accessKeyId: 'almanac', secret: 'bucket' },
};
const job = { id: 'train/shop/2011-W48/r1', program: 'trainer', folder: '/home/jobs/shop-2011-W48-r1-0123456789ab', inputs: ['job.json'], timeoutMs: 60_000, memoryMb: 512 } as const;
const made = (different: Partial<JobSettings> = {}) => jobManifest({ ...settings, ...different }, 'default/almanac', job, {}, 'owner', '2026-11-28T00:00:00Z') as V1Job;
const pod = (manifest: V1Job) => manifest.spec?.template.spec;
const containerOf = (manifest: V1Job) => pod(manifest)?.containers[0];

describe('the Job of a job', () => {
  test('its pod is of the restricted profile, without a token, and writes to its folder and /tmp alone', () => {
    const spec = pod(made());
    assert.deepEqual([spec?.automountServiceAccountToken, spec?.serviceAccountName, spec?.securityContext], [false, 'almanac-trainer', { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } }]);
    assert.deepEqual(containerOf(made())?.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    assert.deepEqual(containerOf(made())?.volumeMounts?.map(({ mountPath, readOnly = false }) => [mountPath, readOnly]), [['/job', false], ['/tmp', false], ['/run/almanac', true]]);
    assert.deepEqual(spec?.volumes?.map((volume) => Object.keys(volume).filter((key) => key !== 'name').join()), ['emptyDir', 'emptyDir', 'secret']);
  });

  test('it gets what it asks for and no more: the job\'s memory and something beside, for as long as it may take', () => {
    const { requests, limits } = containerOf(made())?.resources ?? {};
    assert.deepEqual([requests, limits?.['memory'], limits?.['cpu']], [limits, '768Mi', '1']);
    assert.equal(made().spec?.activeDeadlineSeconds, 60 + 60 + 600);
  });

  test('it is done once: whether it is tried again is not the cluster\'s to decide', () => {
    assert.deepEqual([made().spec?.backoffLimit, pod(made())?.restartPolicy], [0, 'Never']);
  });

  test('its order names the key\'s file, never the key', () => {
    const order = JSON.parse(containerOf(made())?.env?.find(({ name }) => name === ORDER)?.value ?? '{}') as PodOrder;
    assert.deepEqual(order.artifacts.credentials, { accessKeyId: 'almanac', secretKeyFile: '/run/almanac/secret-access-key' });
    assert.equal(pod(made())?.volumes?.[2]?.secret?.secretName, 'bucket');
    const bare = made({ bucketKey: undefined });
    assert.deepEqual([pod(bare)?.volumes?.length, containerOf(bare)?.volumeMounts?.length], [2, 2]);
  });

  test('its name is its job\'s and its Almanac\'s; other work under that name has another label', () => {
    assert.equal(made().metadata?.name, jobName('default/almanac', job.id));
    assert.notEqual(jobName('default/other', job.id), jobName('default/almanac', job.id));
    const workOf = (manifest: V1Job) => manifest.metadata?.labels?.['almanac/work'];
    assert.equal(workOf(made()), workOf(made({ cpu: '2' })));
    assert.notEqual(workOf(made()), workOf(made({ image: 'almanac:2' })));
  });
});
