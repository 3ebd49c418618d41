import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { auditLog } from '../../src/parts/kubernetes-cluster.ts';
import { secret, s3World } from '../s3/world.ts';
import { clusterWorld, namespace, until, type ClusterWorld } from './cluster-world.ts';
import { faultyRelay } from './faulty-relay.ts';
import { usedBy } from './audited.ts';
import { runnerOn, type RunnerWorld } from './runner-world.ts';
import type * as k8s from '@kubernetes/client-node';
import type { Act } from '../contracts/job-runner.contract.ts';
import type { Job, JobOutcome } from '../../src/ports/job-runner.ts';

type Different = Parameters<typeof runnerOn>[1];

describe('jobs in a cluster', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'jobs-'));
  let cluster: ClusterWorld;
  let s3: Awaited<ReturnType<typeof s3World>>;
  let world: RunnerWorld;
  /** Of the cluster's controllers, on a machine that has other work. */
  const patienceMs = 90_000;
  let count = 0;

  before(async () => {
    [cluster, s3] = await Promise.all([clusterWorld(), s3World()]);
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name: 'bucket' }, stringData: { 'secret-access-key': secret } } });
    world = { kubeconfig: cluster.kubeconfigs.runner, namespace, endpoint: s3.endpoint, credentials: s3.credentials, bucket: s3.newBucket(), copies: path.join(root, 'copies') };
  });
  after(async () => {
    await cluster.dispose();
    await s3.dispose();
    rmSync(root, { recursive: true, force: true });
  });
  afterEach(() => until('no Job and no pod is left', async () => (await jobs()).length + (await pods()).length === 0, patienceMs));

  const jobs = async () => (await cluster.batch.listNamespacedJob({ namespace })).items;
  const pods = async () => (await cluster.core.listNamespacedPod({ namespace })).items;
  const folderOf = (act: Act): string => {
    const folder = path.join(root, `job-${(count += 1)}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'job.json'), JSON.stringify({ act }));
    return folder;
  };
  const jobOf = (act: Act, change: Partial<Job> = {}): Job => {
    const folder = folderOf(act);
    return { id: `test/${count}`, program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 60_000, memoryMb: 256, ...change };
  };
  const run = async (job: Job, different: Different = {}, prepare?: () => Promise<void>) =>
    (await runnerOn(world, different)).run(job, { signal: new AbortController().signal, onBeat: () => undefined, ...(prepare ? { prepare } : {}) });
  const preparedAgain = () => Promise.reject(new Error('prepared again'));

  /** Runs until its log says so, in this process. */
  async function begun(job: Job, different: Different = {}): Promise<{ outcome: Promise<JobOutcome>; controller: AbortController }> {
    const controller = new AbortController();
    const started = Promise.withResolvers<void>();
    const outcome = (await runnerOn(world, different)).run(job, { signal: controller.signal, onBeat: ({ line }) => line.includes('hanging') && started.resolve() });
    outcome.catch(() => undefined);
    await Promise.race([started.promise, outcome]);
    return { outcome, controller };
  }

  /** A worker of its own that runs the job, killed once the job says something. */
  async function killedOwnerOf(job: Job): Promise<void> {
    const owner: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'owner.ts'), JSON.stringify({ world, job })], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const chunk of owner.stdout!) if (String(chunk).includes('hanging')) break;
    owner.kill('SIGKILL');
    await once(owner, 'exit');
  }

  /** The program looks for the file in its own folder, which is in the pod. */
  async function tellEnd(): Promise<void> {
    for (const { metadata } of await pods()) writeFileSync(path.join(cluster.folder, 'pods', metadata?.uid ?? '', 'job-folder/work/end'), '');
  }

  test('a Job outlives its worker: another, in another folder of that name, takes it over with its whole log', async () => {
    const job = jobOf('hang-until-told');
    await killedOwnerOf(job);
    const elsewhere = path.join(root, 'elsewhere', path.basename(job.folder));
    const retry = begun({ ...job, folder: elsewhere });
    const { outcome } = await retry;
    cluster.breakLogs();
    await tellEnd();
    const { reason, logFile } = await outcome;
    assert.equal(reason, 'finished');
    assert.equal(readFileSync(logFile, 'utf8'), 'hanging until told\ntold to end\n');
    assert.deepEqual(JSON.parse(readFileSync(path.join(elsewhere, 'result.json'), 'utf8')), { done: true });
  });

  test('one that has finished meanwhile is taken over, too; one that has failed is begun again', async () => {
    const job = jobOf('hang-until-told');
    await killedOwnerOf(job);
    await tellEnd();
    await until('the Job is complete', async () => (await jobs())[0]?.status?.succeeded === 1, patienceMs);
    assert.equal((await run(job, {}, preparedAgain)).reason, 'finished');

    const other = jobOf('hang');
    await killedOwnerOf(other);
    const [pod] = await pods();
    await cluster.core.deleteNamespacedPod({ name: pod?.metadata?.name ?? '', namespace });
    await until('the Job has failed', async () => (await jobs())[0]?.status?.failed === 1, patienceMs);
    assert.equal((await run(other, {}, async () => writeFileSync(path.join(other.folder, 'job.json'), JSON.stringify({ act: 'succeed' })))).reason, 'finished');
  });

  test('an attempt that was overtaken keeps its hands off, even when it is cancelled; cancelling the newest leaves nothing', async () => {
    const job = jobOf('hang');
    const first = await begun(job);
    const second = await begun(job);
    first.controller.abort();
    assert.equal((await first.outcome).reason, 'cancelled');
    assert.equal((await jobs()).filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length, 1, 'one Job for both');
    second.controller.abort();
    assert.equal((await second.outcome).reason, 'cancelled');
    assert.deepEqual([await jobs(), await pods()], [[], []], 'at once');
  });

  test('a sweep leaves a Job to its retry for a while, and those of another Almanac for ever', async () => {
    const job = jobOf('hang');
    await killedOwnerOf(job);
    assert.deepEqual(await (await runnerOn(world)).sweep(), []);
    assert.deepEqual(await (await runnerOn(world, { instance: 'another', adoptWithinMs: 0 })).sweep(), []);
    assert.deepEqual(await (await runnerOn(world, { adoptWithinMs: 0 })).sweep(), [job.id]);
  });

  const says = (said: RegExp, isFinal: boolean) => (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.match(error.message, said);
    assert.deepEqual([error.code, error.isFinal, error.message.includes('\n')], ['runner-unavailable', isFinal, false]);
    return true;
  };

  test('what keeps a pod from beginning or from its end is said in one line', async () => {
    for (const [image, said, isFinal] of [
      ['almanac:missing', /the pod of job test\/\d+ cannot begin on Kubernetes: ImagePullBackOff \(Back-off pulling image "almanac:missing"\)\. It is tried again$/, false],
      ['almanac:unknown', /cannot begin on Kubernetes: ErrImageNeverPull \(.*not present with pull policy of Never\)\. Look at runner in almanac\.yaml$/, true],
      ['almanac:evicted', /the pod of job test\/\d+ was taken away: Evicted \(The node was low on resource: memory\.\)\. It is done again$/, false],
    ] as const) {
      await assert.rejects(run(jobOf('succeed'), { settings: { image } }), says(said, isFinal), image);
    }
    await assert.rejects(run(jobOf('succeed'), { settings: { cpu: '1000', startSeconds: 5 } }), says(/cannot begin on Kubernetes: not within 5 s; Unschedulable \(.*Insufficient cpu/, false));
  });

  test('a lack of memory is known by its mark, a pod that ended without a word is a failure', async () => {
    const starved = await run(jobOf('succeed'), { settings: { image: 'almanac:starving' } });
    assert.deepEqual([starved.reason, starved.exitCode, starved.peakMemoryMb], ['out-of-memory', 137, 256]);
    assert.match(starved.lastLines.at(-1) ?? '', /killed for want of memory; its limit is 256 MiB/);
    const wordless = await run(jobOf('succeed'), { settings: { image: 'almanac:wordless' } });
    assert.deepEqual([wordless.reason, wordless.exitCode], ['failed', 3]);
    assert.match(wordless.lastLines.at(-1) ?? '', /ended with exit code 3 and without a word/);
  });

  test('a bucket that its key does not open is said by the pod', async () => {
    await assert.rejects(run(jobOf('succeed'), { settings: { bucketKey: { accessKeyId: 'somebody', secret: 'bucket' } } }), (error) => error instanceof Failure && error.code === 'store-unavailable' && error.isFinal && /refused the key/.test(error.message));
  });

  test('an API server that is away for a moment is waited for; what it was asked is not asked twice', async () => {
    const relay = await faultyRelay({ kubeconfig: cluster.kubeconfigs.runner, file: path.join(cluster.folder, 'runner-relay.kubeconfig') });
    const job = jobOf('hang-until-told');
    const { outcome } = await begun(job, { kubeconfig: relay.kubeconfig });
    let refused = 0;
    relay.state.fault = () => ((refused += 1), { status: 503 });
    cluster.breakLogs();
    await until('it was asked in vain', async () => refused > 4);
    await tellEnd();
    relay.state.fault = () => null;
    assert.equal((await outcome).reason, 'finished');
    assert.equal(readFileSync((await outcome).logFile, 'utf8'), 'hanging until told\ntold to end\n');
    assert.equal(relay.seen.filter(({ method, url }) => method === 'POST' && url.pathname.endsWith('/jobs')).length, 1);
    await relay.dispose();
  });

  test('without any one of the rules of k8s/runner.yaml it does not work; each right of it is used, and no other is there', async () => {
    const role = await cluster.rbac.readNamespacedRole({ name: 'almanac-runner', namespace });
    const rules = role.rules ?? [];
    const granted = rules.flatMap(({ apiGroups, resources, verbs }) => verbs.map((verb) => ({ group: apiGroups?.[0] ?? '', resource: resources?.[0] ?? '', verb })));
    const grant = async (kept: k8s.V1PolicyRule[], probe: (typeof granted)[number], isKept: boolean) => {
      await cluster.rbac.replaceNamespacedRole({ name: 'almanac-runner', namespace, body: { metadata: { name: 'almanac-runner', namespace }, rules: kept } });
      await until('the role counts', async () => (await isAllowed(probe)) === isKept);
    };
    for (const missing of rules) {
      const probe = granted.find(({ resource }) => resource === missing.resources?.[0])!; // made from the same rules
      await grant(rules.filter((rule) => rule !== missing), probe, false);
      const [what, ...more] = Object.entries(uses).filter(([resources]) => resources.split(' ').includes(probe.resource));
      assert.deepEqual(more, []);
      assert.notEqual(await what![1]().catch(() => 'refused'), 'works', probe.resource);
      await grant(rules, probe, true);
    }
    for (const work of Object.values(uses)) assert.equal(await work(), 'works');
    const used = usedBy('almanac-runner', auditLog(cluster.objects));
    assert.deepEqual(granted.map(({ verb, resource }) => `${verb} ${resource}`).sort(), [...used].sort());
  });

  /** Everything that a runner does in a cluster, by what it needs for it. */
  const uses: Readonly<Record<string, () => Promise<string>>> = {
    'jobs pods': async () => {
      const job = jobOf('hang');
      const first = await begun(job);
      const second = await begun(job);
      await (await runnerOn(world)).sweep();
      second.controller.abort();
      return [await first.outcome, await second.outcome].map(({ reason }) => reason).join() === 'failed,cancelled' ? 'works' : 'does not';
    },
    'pods/log': async () => ((await run(jobOf('succeed'))).lastLines.includes('a line on stdout') ? 'works' : 'is not told'),
    events: async () => run(jobOf('succeed'), { settings: { cpu: '1000', startSeconds: 3 } }).then(() => 'ran', (error: Error) => (error.message.includes('FailedScheduling') ? 'works' : 'is not told')),
  };

  async function isAllowed({ group, resource, verb }: { group: string; resource: string; verb: string }): Promise<boolean> {
    const [name = '', subresource] = resource.split('/');
    const attributes = { namespace, group, resource: name, verb, ...(subresource ? { subresource } : {}) };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: `system:serviceaccount:${namespace}:almanac-runner`, resourceAttributes: attributes } };
    return ((await cluster.api.create(body as k8s.KubernetesObject)) as k8s.V1SubjectAccessReview).status?.allowed === true;
  }
});
