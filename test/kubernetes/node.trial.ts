import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { createPublisher } from '../../src/main/publishers.ts';
import { nodeName } from '../../src/parts/kubernetes-cluster.ts';
import { buildAlmanacImage, buildProgramImage, PROGRAM_IMAGE, startTestEngine } from '../containers/engine.ts';
import { commandLine } from '../command-line.ts';
import { get } from '../http/endpoint-world.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { clusterWorld, namespace, type ClusterWorld } from './cluster-world.ts';
import { faultyRelay, type Fault } from './faulty-relay.ts';
import { startRealNode } from './real-node.ts';
import type { WeekStatus } from '../../src/client.ts';
import type { StatusReport } from '../../src/main/cli/status-report.ts';

const [first, second] = ['2026-W11', '2026-W12'];

/** The real steps of real weeks, and pods of the real image on a real kubelet: only the network is one machine's. */
suite('weeks that are published on a node', () => {
  let cluster: ClusterWorld;
  let node: Awaited<ReturnType<typeof startRealNode>>;
  let relay: Awaited<ReturnType<typeof faultyRelay>>;
  let stack: TestStack;
  let property: string;
  let image: string;
  const { json } = commandLine(() => stack.env);
  const nameOf = (week: string) => `almanac-${property}-${week.toLowerCase()}`;
  const selectorOf = (week: string) => `almanac/property=${property},almanac/week=${week.toLowerCase()}`;
  const serviceOf = async (name: string) => `http://${(await cluster.core.readNamespacedService({ name, namespace })).spec?.clusterIP}`;
  const urlOf = async (week: string) => `${await serviceOf(nameOf(week))}/${property}/${week}`;
  const keyOf = async (week: string) => (await stack.stores.keyVault.read(vaultName(property, week))) ?? '';
  const asked = async (week: string, key: string, what = 'model') => get(`${await urlOf(week)}/v1/${what}`, { authorization: `Bearer ${key}` });
  const podsOf = async (week: string) => (await cluster.core.listNamespacedPod({ namespace, labelSelector: selectorOf(week) })).items;
  /** Each Deployment there is, how often it was changed and how many pods it has. */
  const generations = async () => (await cluster.apps.listNamespacedDeployment({ namespace })).items.map(({ metadata, status }) => [metadata?.name, metadata?.generation, status?.replicas]);
  const decided = (week: string): Promise<WeekStatus> => eventually(async () => {
    const status = await stack.almanac.weeks.status(property, week);
    return status && ['serving', 'failed'].includes(status.phase) && status;
  }, 240_000, `a decision on ${week}`);

  before(async () => {
    cluster = await clusterWorld({ node: nodeName });
    relay = await faultyRelay({ kubeconfig: cluster.kubeconfigs.publisher, file: path.join(cluster.folder, 'relay.kubeconfig') });
    const days = path.join(cluster.folder, 'days');
    writeSmallShop(days);
    const withPods = async () => {
      const engine = await startTestEngine();
      try {
        image = await buildAlmanacImage(engine);
        await buildProgramImage(engine); // ends at once when it is told to be the endpoint
        node = await startRealNode({ engine, images: [image, PROGRAM_IMAGE] });
      } finally {
        await engine.dispose();
      }
    };
    const withDays = async () => {
      const publisher = { kind: 'kubernetes', namespace: namespace, image: 'almanac:test', imagePullPolicy: 'Never', kubeconfig: relay.kubeconfig };
      stack = await startTestStack({ properties: { small: smallShopProperty(days) }, configuration: { publisher } });
      property = stack.named('small');
      const backfill = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
      assert.deepEqual((await backfill.result()).failed, []);
    };
    await Promise.all([withPods(), withDays()]);
  });
  after(async () => {
    await stack?.stop();
    await relay?.dispose();
    await cluster?.dispose();
    await node?.stop();
  });

  test('a whole week: its pod answers through its Service what its table says, to who has the key', async () => {
    await stack.almanac.weeks.run(property, first);
    const { phase, sentence, live } = await decided(first);
    assert.equal(phase, 'serving', sentence);
    assert.equal(live?.address, `http://${nameOf(first)}.${namespace}.svc/${property}/${first}`);
    const key = await keyOf(first);
    const { body } = await asked(first, key);
    assert.deepEqual([body.release, body.model], [`${first}.1`, live.modelId]);
    assert.equal((await asked(first, `${key}x`)).status, 401);
    const rows = (await Promise.all([0, 1, 2, 3].map((shard) => stack.stores.peopleStore.pageScores({ property, week: first, revision: 1, shard }, { limit: 2 })))).flat();
    assert.ok(rows.length > 0);
    for (const { user, prediction, decile } of rows) {
      const { body: scored } = await asked(first, key, `predictions/${user}`);
      assert.deepEqual([scored.probability, scored.decile, scored.model], [prediction, decile, live.modelId]);
    }
  });

  test('its process is nobody\'s, has no capability, no way to another user and nothing to write on but /tmp', async () => {
    const [pod] = await podsOf(first);
    const id = containerProcess(pod?.metadata?.uid ?? '', '/app');
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    const valueOf = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
    assert.deepEqual(['Uid', 'Gid', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].map(valueOf), ['65534\t65534\t65534\t65534', '65534\t65534\t65534\t65534', '0000000000000000', '0000000000000000', '1', '2']);
    const mounts = readFileSync(`/proc/${id}/mountinfo`, 'utf8').trim().split('\n').map((line) => line.split(' ')).map(([, , , , place = '', options = '']) => ({ place, isWritable: options.startsWith('rw') }));
    const writable = mounts.filter(({ place, isWritable }) => isWritable && !/^\/(proc|sys|dev)(\/|$)/.test(place)).map(({ place }) => place);
    assert.deepEqual(writable.filter((place) => !['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'].includes(place)), ['/tmp']);
    assert.ok(!mounts.some(({ place }) => place.includes('serviceaccount')), 'no token is mounted');
  });

  test('kill -9 of the worker while the next week\'s pod starts: one Deployment, one pod, and the week before answers throughout', async () => {
    const stopAsking = asking(first);
    await stack.almanac.weeks.run(property, second);
    await eventually(async () => (await podsOf(second)).length > 0, 240_000, `a pod of ${second}`);
    const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
    assert.ok(worker?.pid);
    process.kill(worker.pid, 'SIGKILL');
    const { phase, sentence } = await decided(second);
    assert.equal(phase, 'serving', sentence);
    assert.equal(worker.restarts, 1);
    assert.deepEqual(await stopAsking(), [200]);
    assert.deepEqual(await generations(), [[nameOf(first), 1, 1], [nameOf(second), 1, 1]]);
    const current = `${await serviceOf(`almanac-${property}-current`)}/${property}/current/v1/model`;
    await eventually(async () => (await get(current, { authorization: `Bearer ${await keyOf(second)}` })).body.release === `${second}.1`, 10_000, 'current is the next week');
  });

  test('an API server that is overloaded, fails and stalls for ten seconds: the week is published all the same', async () => {
    const faults: Fault[] = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 500 }, 'stall', { status: 503 }];
    relay.state.fault = ({ method, url }) => (method === 'PATCH' && !url.searchParams.has('dryRun') ? (faults.shift() ?? null) : null);
    const { revision } = await stack.almanac.weeks.rerun(property, second, { from: 'score', requestId: 'again' });
    await eventually(async () => (await stack.almanac.weeks.status(property, second))?.live?.revision === revision, 180_000, 'the revision is live');
    assert.deepEqual(faults, []);
    assert.equal((await asked(second, await keyOf(second))).body.release, `${second}.${revision}`);
    assert.deepEqual(await generations(), [[nameOf(first), 1, 1], [nameOf(second), 1, 1]]);
  });

  test('status names each week\'s address and how its pods are doing; no endpoint of this machine is started', async () => {
    const { parts, properties } = await json<StatusReport>(0, 'status', property);
    assert.deepEqual(parts.at(-1), { part: 'Kubernetes', address: `namespace ${namespace}`, isReachable: true, detail: '2 weeks, all pods available' });
    assert.deepEqual(properties[0]?.weeks?.map(({ week, address }) => [week, address]), [first, second].map((week) => [week, `http://${nameOf(week)}.${namespace}.svc/${property}/${week}`]));
    assert.deepEqual(stack.supervisor.running().map(({ name }) => name), ['worker', 'model-server']);
  });

  test('a rotated key reaches the pods without an answer lost, over watches that end or are too old', async () => {
    let watches = 0;
    relay.state.fault = ({ isWatch }) => (isWatch ? (['drop-watch', 'too-old'] as const)[watches++ % 2]! : null);
    const old = await keyOf(second);
    const stopAsking = asking(second, old);
    await stack.almanac.weeks.rotateKey(property, second);
    const rotated = await keyOf(second);
    assert.notEqual(rotated, old);
    assert.equal((await asked(second, rotated)).status, 200);
    assert.ok(watches > 1, `${watches} watches`);
    relay.state.fault = () => null;
    await eventually(async () => (await podsOf(second)).length === 1, 60_000, 'the old pod has ended');
    assert.deepEqual(await stopAsking(), [200]);
  });

  for (const [what, broken, said] of [
    ['end as soon as they start', PROGRAM_IMAGE, /CrashLoopBackOff|Error \(exit code 1/],
    ['have no image', 'almanac:absent', /ErrImageNeverPull .*almanac:absent/],
  ] as const) {
    test(`pods that ${what}: the kubelet's reason is told, what ran before is applied again and answers throughout`, async () => {
      const { config } = stack;
      assert.equal(config.publisher.kind, 'kubernetes');
      const stopAsking = asking(second);
      const publisher = createPublisher({ ...config, publisher: { ...config.publisher, image: broken, rolloutSeconds: 8 } as typeof config.publisher }, stack.stores, () => undefined);
      await assert.rejects(publisher.stage({ property, week: second, revision: 2 }), (error) => error instanceof Failure && error.code === 'rollout-failed' && said.test(error.message) && error.message.endsWith('what ran before was applied again'));
      await eventually(async () => (await podsOf(second)).every(({ spec }) => spec?.containers[0]?.image === image), 60_000, 'the broken pods have ended');
      assert.deepEqual(await stopAsking(), [200]);
    });
  }

  test('what the restricted profile forbids is refused', async () => {
    const pod = { metadata: { name: 'anybody' }, spec: { containers: [{ name: 'any', image }] } };
    await assert.rejects(cluster.core.createNamespacedPod({ namespace, body: pod }), /violates PodSecurity .*runAsNonRoot != true/);
  });

  test('a retired week is drained: its process ends by itself, then nothing of it is there, and the next week answers', async () => {
    const stopAsking = asking(second);
    const ended = endOf(cluster, selectorOf(first));
    await stack.almanac.weeks.retire(property, first, { reason: 'test', by: 'ops' });
    assert.deepEqual(await ended, { exitCode: 0, reason: 'Completed' });
    for (const [kind, apiVersion] of [['Deployment', 'apps/v1'], ['Pod', 'v1'], ['Service', 'v1'], ['Secret', 'v1'], ['ConfigMap', 'v1'], ['NetworkPolicy', 'networking.k8s.io/v1']] as const) {
      const { items } = await cluster.api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selectorOf(first));
      assert.deepEqual(items, [], kind);
    }
    assert.deepEqual(await stopAsking(), [200]);
  });

  /** Asks a week's Service again and again, each time over a new connection; the end tells which statuses there were. */
  function asking(week: string, given?: string): () => Promise<number[]> {
    const statuses = new Set<number>();
    const ending = new AbortController();
    const asks = (async () => {
      const [url, key] = [await urlOf(week), given ?? (await keyOf(week))];
      while (!ending.signal.aborted) {
        statuses.add(await get(`${url}/v1/model`, { authorization: `Bearer ${key}` }).then(({ status }) => status, () => 0));
        await sleep(50);
      }
    })();
    return async () => {
      ending.abort();
      await asks;
      return [...statuses];
    };
  }
});

/** The one process of a pod that runs in this folder. Processes of pods are seen from here like any other. */
function containerProcess(uid: string, folder: string): string {
  const found = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && readFileSync(`/proc/${id}/cgroup`, 'utf8').includes(`pod${uid}`) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(folder));
  assert.equal(found.length, 1, `processes of pod ${uid}`);
  return found[0]!;
}

/** How the container of the one pod with these labels ends. */
function endOf({ config }: ClusterWorld, labelSelector: string): Promise<{ exitCode: number; reason: string | undefined }> {
  return new Promise((resolve, reject) => {
    void new k8s.Watch(config).watch(`/api/v1/namespaces/${namespace}/pods`, { labelSelector }, (_type, { status }: k8s.V1Pod) => {
      const ended = status?.containerStatuses?.[0]?.state?.terminated;
      if (ended) resolve({ exitCode: ended.exitCode, reason: ended.reason });
    }, reject);
  });
}
