import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { Failure } from '../../src/domain/failure.ts';
import { createPublisher } from '../../src/main/publishers.ts';
import { commandLine } from '../command-line.ts';
import { IMAGES } from '../containers/images.ts';
import { get } from '../http/endpoint-world.ts';
import { eventually } from '../stack.ts';
import { namespace, type ClusterWorld } from './cluster-world.ts';
import { weekWorld, type WeekWorld } from './week-world.ts';
import type { StatusReport } from '../../src/main/cli/status-report.ts';
import type { Fault } from './faulty-relay.ts';

const [first, second] = ['2026-W11', '2026-W12'] as const;

/** The worker's own steps, and pods of the real image on a real kubelet: only the network is one machine's. */
suite('weeks that are published on a node', () => {
  let world: WeekWorld;
  before(async () => void (world = await weekWorld()));
  after(() => world?.dispose());

  test('a whole week: its pod answers through its Service what its table says, to who has the key', async () => {
    const { stack, property } = world;
    await stack.almanac.weeks.run(property, first);
    const { phase, sentence, live } = await world.decided(first);
    assert.equal(phase, 'serving', sentence);
    assert.equal(live?.address, world.addressOf(first));
    const key = await world.keyOf(first);
    const { body } = await world.ask(first, key);
    assert.deepEqual([body.release, body.model], [`${first}.1`, live.modelId]);
    assert.equal((await world.ask(first, `${key}x`)).status, 401);
    const rows = (await Promise.all([0, 1, 2, 3].map((shard) => stack.stores.peopleStore.pageScores({ property, week: first, revision: 1, shard }, { limit: 2 })))).flat();
    assert.ok(rows.length > 0);
    for (const { user, prediction, decile } of rows) {
      const { body: scored } = await world.ask(first, key, `predictions/${user}`);
      assert.deepEqual([scored.probability, scored.decile, scored.model], [prediction, decile, live.modelId]);
    }
  });

  test('its process is nobody\'s, has no capability, no way to another user and nothing to write on but /tmp', async () => {
    const [pod] = await world.podsOf(first);
    const id = processOf(pod?.metadata?.uid ?? '', '/app');
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    const valueOf = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
    const nobody = Array.from({ length: 4 }, () => '65534').join('\t');
    assert.deepEqual(['Uid', 'Gid', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map(valueOf), [nobody, nobody, '0000000000000000', '0000000000000000', '1', '2']);
    const mounts = readFileSync(`/proc/${id}/mountinfo`, 'utf8').trim().split('\n').map((line) => line.split(' ')).map(([, , , , place = '', options = '']) => ({ place, isWritable: options.startsWith('rw') }));
    const writable = mounts.filter(({ place, isWritable }) => isWritable && !/^\/(proc|sys|dev)(\/|$)/.test(place)).map(({ place }) => place);
    // Files of root, which only root could write.
    assert.deepEqual(writable.filter((place) => !['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'].includes(place)), ['/tmp']);
    assert.ok(!mounts.some(({ place }) => place.includes('serviceaccount')), 'no token is mounted');
  });

  test('kill -9 of the worker while the next week\'s pod starts: one Deployment, one pod, and the week before answers throughout', async () => {
    const { stack, property, nameOf } = world;
    const stopAsking = world.keepAsking(first);
    await stack.almanac.weeks.run(property, second);
    await eventually(async () => (await world.podsOf(second)).length > 0, 240_000, `a pod of ${second}`);
    const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
    assert.ok(worker?.pid);
    process.kill(worker.pid, 'SIGKILL');
    const { phase, sentence } = await world.decided(second);
    assert.equal(phase, 'serving', sentence);
    assert.equal(worker.restarts, 1);
    assert.deepEqual(await stopAsking(), [200]);
    assert.deepEqual(await world.deployments(), [[nameOf(first), 1, 1], [nameOf(second), 1, 1]]);
    const current = `${await world.serviceOf(`almanac-${property}-current`)}/${property}/current/v1/model`;
    await eventually(async () => (await get(current, { authorization: `Bearer ${await world.keyOf(second)}` })).body?.release === `${second}.1`, 10_000, 'current is the next week');
  });

  test('an API server that is overloaded, fails and stalls for ten seconds: the week is published all the same', async () => {
    const { stack, property, relay, nameOf } = world;
    const faults: Fault[] = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, 'stall', { status: 503 }];
    relay.state.fault = ({ method, url }) => (method === 'PATCH' && !url.searchParams.has('dryRun') ? (faults.shift() ?? null) : null);
    const { revision } = await stack.almanac.weeks.rerun(property, second, { from: 'score', requestId: 'again' });
    await eventually(async () => (await stack.almanac.weeks.status(property, second))?.live?.revision === revision, 180_000, 'the revision is live');
    assert.deepEqual(faults, []);
    assert.equal((await world.ask(second, await world.keyOf(second))).body.release, `${second}.${revision}`);
    assert.deepEqual(await world.deployments(), [[nameOf(first), 1, 1], [nameOf(second), 1, 1]]);
  });

  test('status names each week\'s address and how its pods are doing; no endpoint of this machine is started', async () => {
    const { stack, property } = world;
    const { parts, properties } = await commandLine(() => stack.env).json<StatusReport>(0, 'status', property);
    assert.deepEqual(parts.at(-1), { part: 'Kubernetes', address: `namespace ${namespace}`, isReachable: true, detail: '2 weeks, all pods available' });
    assert.deepEqual(properties[0]?.weeks?.map(({ week, address }) => [week, address]), [first, second].map((week) => [week, world.addressOf(week)]));
    assert.deepEqual(stack.supervisor.running().map(({ name }) => name), ['worker', 'model-server']);
  });

  test('a rotated key reaches the pods without an answer lost, over watches that end or are too old', async () => {
    const { stack, property, relay } = world;
    let watches = 0;
    relay.state.fault = ({ isWatch }) => (isWatch ? (['drop-watch', 'too-old'] as const)[watches++ % 2]! : null);
    const old = await world.keyOf(second);
    const stopAsking = world.keepAsking(second);
    await stack.almanac.weeks.rotateKey(property, second);
    relay.state.fault = () => null;
    assert.ok(watches > 1, `${watches} watches`);
    const rotated = await world.keyOf(second);
    assert.notEqual(rotated, old);
    assert.equal((await world.ask(second, rotated)).status, 200);
    await eventually(async () => (await world.podsOf(second)).length === 1, 60_000, 'the old pod has ended');
    assert.deepEqual(await stopAsking(), [200], 'of the old key');
  });

  for (const [what, broken, said] of [
    ['end as soon as they start', IMAGES[1], /CrashLoopBackOff|Error \(exit code 1/],
    ['have no image', 'almanac:absent', /ErrImageNeverPull .*almanac:absent/],
  ] as const) {
    test(`pods that ${what}: the kubelet's reason is told, what ran before is applied again and answers throughout`, async () => {
      const { stack: { config, stores }, property, image } = world;
      assert.equal(config.publisher.kind, 'kubernetes');
      const stopAsking = world.keepAsking(second);
      const publisher = createPublisher({ ...config, publisher: { ...config.publisher, image: broken, rolloutSeconds: 8 } as typeof config.publisher }, stores, () => undefined);
      await assert.rejects(publisher.stage({ property, week: second, revision: 2 }), (error) => error instanceof Failure && error.code === 'rollout-failed' && said.test(error.message) && error.message.endsWith('what ran before was applied again'));
      await eventually(async () => (await world.podsOf(second)).every(({ spec }) => spec?.containers[0]?.image === image), 60_000, 'the broken pods have ended');
      assert.deepEqual(await stopAsking(), [200]);
    });
  }

  test('what the restricted profile forbids is refused', async () => {
    const pod = { metadata: { name: 'anybody' }, spec: { containers: [{ name: 'any', image: world.image }] } };
    await assert.rejects(world.cluster.core.createNamespacedPod({ namespace, body: pod }), /violates PodSecurity .*runAsNonRoot != true/);
  });

  test('a retired week is drained: its process ends by itself, then nothing of it is there, and the next week answers', async () => {
    const { stack, property, cluster, selectorOf } = world;
    const stopAsking = world.keepAsking(second);
    const ended = endOfPod(cluster, selectorOf(first));
    await stack.almanac.weeks.retire(property, first, { reason: 'test', by: 'ops' });
    assert.deepEqual(await ended, { exitCode: 0, reason: 'Completed' });
    for (const [kind, apiVersion] of [['Deployment', 'apps/v1'], ['Pod', 'v1'], ['Service', 'v1'], ['Secret', 'v1'], ['ConfigMap', 'v1'], ['NetworkPolicy', 'networking.k8s.io/v1']] as const) {
      const { items } = await cluster.api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selectorOf(first));
      assert.deepEqual(items, [], kind);
    }
    assert.deepEqual(await stopAsking(), [200]);
  });
});

/** The one process of a pod that runs in this folder. Processes of pods are seen from here like any other. */
function processOf(uid: string, folder: string): string {
  const says = (id: string, file: string, text: string) => existsSync(`/proc/${id}/${file}`) && readFileSync(`/proc/${id}/${file}`, 'utf8').includes(text);
  const found = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && says(id, 'cgroup', `pod${uid}`) && says(id, 'cmdline', folder));
  assert.equal(found.length, 1, `processes of pod ${uid}`);
  return found[0]!;
}

/** How the container of the one pod with these labels ends. */
function endOfPod({ config }: ClusterWorld, labelSelector: string): Promise<{ exitCode: number; reason: string | undefined }> {
  return new Promise((resolve, reject) => {
    void new k8s.Watch(config).watch(`/api/v1/namespaces/${namespace}/pods`, { labelSelector }, (_type, { status }: k8s.V1Pod) => {
      const ended = status?.containerStatuses?.[0]?.state?.terminated;
      if (ended) resolve({ exitCode: ended.exitCode, reason: ended.reason });
    }, reject);
  });
}
