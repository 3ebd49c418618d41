import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { kubernetesRunner } from '../../../src/runners/kubernetes.ts';
import { workLabel, type JobSettings } from '../../../src/runners/kubernetes/job-manifest.ts';
import { writeLastWord } from '../../../src/runners/kubernetes/order.ts';
import type { V1Job } from '@kubernetes/client-node';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import type { ArtifactRef, ArtifactStore } from '../../../src/ports/artifact-store.ts';
import type { Job } from '../../../src/ports/job-runner.ts';

const SLOW_MS = 3000;
const settings: JobSettings = {
  namespace: 'almanac', image: 'almanac:1', imagePullPolicy: 'Never', imagePullSecret: undefined, serviceAccount: 'almanac-trainer', cpu: '1', startSeconds: 600,
  bucket: { bucket: 'artifacts', prefix: '', region: undefined, endpoint: 'https://s3.example.com' }, bucketKey: undefined,
};
const list: ArtifactRef = { name: 'job-result/list.json', sha256: 'list', bytes: 2 };

describe('what a Job\'s run does before its Job is there, and after it has ended', { concurrency: true }, () => {
  let root: string;
  before(async () => void (root = await mkdtemp(path.join(tmpdir(), 'almanac-job-'))));
  after(() => rm(root, { recursive: true, force: true }));

  /** One run of a job with two inputs; what it did, in order. `there`: a Job of its name that was there before, whose deletion takes a while. */
  async function run({ abortAtBeat = Infinity, there, isSlow = true }: { abortAtBeat?: number; there?: (job: Job) => V1Job; isSlow?: boolean }) {
    const folder = path.join(root, crypto.randomUUID());
    await mkdir(folder);
    for (const name of ['job.json', 'dataset.arrow']) await writeFile(path.join(folder, name), '{}');
    const job: Job = { id: 'train/shop/2011-W48/r1', program: 'trainer', folder, inputs: ['job.json', 'dataset.arrow'], timeoutMs: 60_000, memoryMb: 512 };
    const did: string[] = [];
    let live: V1Job | null = there?.(job) ?? null;
    const artifacts = {
      put: async (kind: string, extension: string, bytes: AsyncIterable<Uint8Array>) => {
        for await (const _ of bytes);
        if (isSlow && kind === 'dataset') await sleep(SLOW_MS);
        did.push(`put ${kind}`);
        return { name: `${kind}/x${extension}`, sha256: 'x', bytes: 2 };
      },
      get: async () => {
        if (isSlow) await sleep(SLOW_MS);
        did.push('get');
        return Buffer.from('{}');
      },
    } as unknown as ArtifactStore;
    const cluster = {
      namespace: 'almanac',
      read: async () => live,
      create: async (manifest: V1Job) => {
        did.push('create');
        return (live = { ...manifest, metadata: { ...manifest.metadata, uid: 'new' } });
      },
      annotate: async (_: unknown, __: unknown, annotations: Record<string, string>) => {
        did.push('take over');
        return (live = { ...live, metadata: { ...live?.metadata, annotations: { ...live?.metadata?.annotations, ...annotations } } });
      },
      list: async ({ kind }: { kind: string }) => ({ items: kind === 'Pod' ? [{ metadata: { name: 'pod' }, status: { containerStatuses: [{ state: { terminated: { exitCode: 0, message: writeLastWord({ outcome: { exitCode: 0, reason: 'finished', cpuSeconds: 1, peakMemoryMb: 2 }, result: list }) } } }] } }] : [], resourceVersion: '1' }),
      remove: async () => {
        did.push('remove');
        const going = live;
        setTimeout(() => live === going && (live = null), isSlow ? SLOW_MS : 0);
      },
      followLog: async () => null,
    } as unknown as Cluster;
    const aborting = new AbortController();
    let beats = 0;
    const onBeat = () => {
      did.push('beat');
      if (++beats === abortAtBeat) aborting.abort();
    };
    if (abortAtBeat === 0) aborting.abort();
    const { reason } = await kubernetesRunner({ cluster, artifacts, settings, instance: 'default/almanac' }).run(job, { signal: aborting.signal, onBeat, prepare: async () => void did.push('prepare') });
    const beatsBetween = (from: string, to: string) => did.slice(did.lastIndexOf(from), did.lastIndexOf(to)).filter((one) => one === 'beat').length;
    return { reason, did, beatsBetween, without: did.filter((one) => one !== 'beat') };
  }

  test('it beats while an input goes to the bucket, and while the result comes from there', async () => {
    const { reason, beatsBetween, did } = await run({});
    assert.equal(reason, 'finished');
    assert.ok(beatsBetween('put job', 'create') >= 2, did.join());
    assert.ok(beatsBetween('create', 'get') >= 2, did.join());
  });

  test('it beats while an older Job of its name goes', async () => {
    const { reason, did } = await run({ there: () => ({ metadata: { name: 'x', uid: 'old' } }) });
    assert.equal(reason, 'finished');
    assert.deepEqual(did.slice(0, 3), ['remove', 'beat', 'beat'], did.join());
  });

  test('once it is cancelled it makes no Job and sends nothing more', async () => {
    const { reason, without } = await run({ abortAtBeat: 1 });
    assert.equal(reason, 'cancelled');
    assert.deepEqual(without, ['prepare', 'put job', 'put dataset']);
    assert.deepEqual(await run({ abortAtBeat: 0 }).then(({ reason: early, without: nothing }) => [early, nothing]), ['cancelled', []]);
  });

  test('once it is cancelled it waits for no older Job', async () => {
    const { reason, without } = await run({ abortAtBeat: 1, there: () => ({ metadata: { name: 'x', uid: 'old' } }) });
    assert.deepEqual([reason, without], ['cancelled', ['remove']]);
  });

  test('what an earlier attempt began is ended even so', async () => {
    const { reason, without } = await run({ abortAtBeat: 0, isSlow: false, there: (job) => ({ metadata: { name: 'x', uid: 'old', labels: workLabel(settings, job) } }) });
    assert.deepEqual([reason, without.slice(0, 2)], ['cancelled', ['take over', 'remove']]);
  });
});
