import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { configFrom } from '../../src/config.ts';
import { healthId } from '../../src/domain/release/ids.ts';
import { connectStores, connectTemporal } from '../../src/main/connect.ts';
import { DRAIN_SECONDS } from '../../src/main/deployment.ts';
import { KEYS } from '../http/rollup-server-world.ts';
import { readHealth } from '../../src/main/read-health.ts';
import { smallShopProperty } from '../small-shop.ts';
import { secret, s3World } from '../s3/world.ts';
import { uniqueName } from '../world.ts';
import { clusterWorld, moved, namespace, until, type ClusterWorld } from './cluster-world.ts';
import type { AddressInfo } from 'node:net';
import type { HealthState } from '../../src/domain/health/judge-round.ts';
import type { Notice } from '../../src/ports/notifier.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** k8s/ as an overlay brings it into a cluster, with this run's Cassandra, Temporal and bucket; its roles run as processes. */
describe('the manifests of k8s/', () => {
  const name = uniqueName();
  let cluster: ClusterWorld;
  let s3: Awaited<ReturnType<typeof s3World>>;
  let objects: k8s.KubernetesObject[];
  let document: Record<string, unknown>;
  const rollupServerKeys = { intakeKeyFile: '/run/almanac/rollup-intake-key', readKeyFile: '/run/almanac/rollup-read-key' };
  const notices: Notice[] = [];
  const webhook = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
      notices.push(JSON.parse(text) as Notice);
      response.end();
    });
  });
  const apply = (object: k8s.KubernetesObject, dryRun?: 'All') => cluster.api.patch(structuredClone(object), undefined, dryRun, 'administrator', true, k8s.PatchStrategy.ServerSideApply);
  const deployments = async () => (await cluster.apps.listNamespacedDeployment({ namespace })).items;

  before(async () => {
    [cluster, s3] = await Promise.all([clusterWorld(), s3World()]);
    document = {
      temporal: { address: process.env.ALMANAC_TEST_TEMPORAL, taskQueue: `almanac-${name}` },
      cassandra: { contactPoints: [process.env.ALMANAC_TEST_CASSANDRA], keyspace: `roles_${name}` },
      artifacts: { kind: 's3', bucket: s3.newBucket(), endpoint: s3.endpoint, credentials: { accessKeyId: 'almanac', secretKeyFile: '/run/almanac/secret-access-key' } },
      runner: { kind: 'kubernetes', namespace, image: 'almanac', bucketSecret: 'almanac' },
      properties: { [`shop-${name}`]: smallShopProperty('/data') },
      rollups: { followers: { firstDay: '2026-01-01', platforms: ['facebook', 'twitter'], schedules: { paused: true } } },
      rollupServer: rollupServerKeys,
    };
    await listening(webhook);
    // Names of Services mean nothing here, so their addresses are asked for before the configuration is made of them.
    const services = render(document).filter(({ kind, metadata }) => kind === 'Service' && ['almanac-endpoint', 'almanac-model-server', 'almanac-rollup-server'].includes(metadata?.name ?? ''));
    const addressOf = async (service: k8s.KubernetesObject): Promise<string> => `http://${((await apply(service)) as k8s.V1Service).spec?.clusterIP}:${(service as k8s.V1Service).spec?.ports?.[0]?.port}`;
    const [endpoint, modelServer, rollupServer] = await Promise.all(services.toSorted((a, b) => (a.metadata!.name! < b.metadata!.name! ? -1 : 1)).map(addressOf)); // each has a name
    Object.assign(document, {
      endpoint: { address: endpoint }, modelServer: { address: modelServer }, rollupServer: { ...rollupServerKeys, address: rollupServer }, notify: { webhook: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}` },
      health: { paused: true, failures: 2, calm: 2, timeoutSeconds: 3, restarts: { kind: 'kubernetes', namespace, kubeconfig: cluster.kubeconfigs.publisher } },
    });
    objects = render(document);
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name: 'almanac' }, stringData: { 'secret-access-key': secret, 'rollup-intake-key': KEYS.intake, 'rollup-read-key': KEYS.read } } });
    for (const [volume, mode] of [['models', 'ReadWriteMany'], ['keys', 'ReadWriteOnce']] as const) {
      await cluster.core.createPersistentVolume({ body: { metadata: { name: volume }, spec: { capacity: { storage: '10Gi' }, accessModes: [mode], hostPath: { path: path.join(cluster.folder, volume) } } } });
    }
  });
  after(async () => {
    for (const volume of ['models', 'keys']) await cluster.core.deletePersistentVolume({ name: volume }); // of no namespace
    await cluster.dispose();
    await s3.dispose();
    webhook.closeAllConnections();
    webhook.close();
  });

  /** The configuration as this process can use it. */
  const configHere = () => configFrom({ ...document, artifacts: { ...(document.artifacts as object), credentials: s3.credentials } }, {}, path.join(cluster.folder, 'almanac.yaml'));

  /** What `kubectl apply -k` would apply of an overlay with another image and this configuration. */
  function render(configuration: Record<string, unknown>): k8s.KubernetesObject[] {
    const overlay = path.join(cluster.folder, 'overlay');
    mkdirSync(overlay, { recursive: true });
    // JSON is YAML, and says where text begins and ends.
    writeFileSync(path.join(overlay, 'almanac.yaml'), JSON.stringify(configuration));
    writeFileSync(path.join(overlay, 'kustomization.yaml'), stringify({
      resources: [path.relative(overlay, path.join(root, 'k8s'))],
      images: [{ name: 'almanac', newName: 'registry.example.com/almanac', newTag: '1' }],
      configMapGenerator: [{ name: 'almanac', namespace: 'almanac', behavior: 'replace', files: ['almanac.yaml'] }],
    }));
    return built(overlay);
  }

  /** The objects of an overlay, in this file's namespace. */
  function built(overlay: string): k8s.KubernetesObject[] {
    const all = k8s.loadAllYaml(execFileSync(cluster.kustomize, ['build', overlay], { encoding: 'utf8' })) as k8s.KubernetesObject[];
    return all.map((object) => moved(object));
  }

  test('the example is rendered, and the API server takes each object of it', async () => {
    const example = built(path.join(root, 'examples/kubernetes'));
    assert.equal(example.length, objects.length);
    for (const object of [...example, ...objects]) await apply(object, 'All');
  });

  test('every role becomes ready, and the schedules are applied', async () => {
    const config = configHere();
    await (await connectStores(config)).dispose(); // the schema, which an endpoint waits for in vain otherwise
    for (const object of objects) await apply(object);
    const isUp = ({ spec, status }: k8s.V1Deployment) => status?.availableReplicas === spec?.replicas && status?.updatedReplicas === spec?.replicas;
    await until('every Deployment is available', async () => (await deployments()).every(isUp), 180_000);
    assert.deepEqual((await deployments()).map(({ metadata, spec }) => `${metadata?.name} ${spec?.replicas}`).sort(), ['almanac-endpoint 2', 'almanac-model-server 1', 'almanac-rollup-server 2', 'almanac-worker 2', 'almanac-worker-compute 1', 'almanac-worker-publish 1']);
    await until('the schedules are applied', async () => (await cluster.batch.readNamespacedJob({ name: 'almanac-schedules', namespace })).status?.succeeded === 1);
    const { client, dispose } = await connectTemporal(config);
    for (const what of ['ingest', 'week']) assert.equal((await client.schedule.getHandle(`tick/shop-${name}/${what}`).describe()).action.taskQueue, `almanac-${name}`);
    await dispose();
  });

  test('each pod of the rollup server takes readings from who has the one key of the Secret, and answers who has the other', async () => {
    const pods = (await cluster.core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/component=rollup-server' })).items;
    assert.equal(pods.length, 2);
    const body = JSON.stringify({ platform: 'twitter', member: 'm1', second: 1_767_225_600, value: 3 });
    for (const { status } of pods) {
      const at = `http://${status?.podIP}:8604/v1/rollups/followers`;
      const send = (key: string) => fetch(`${at}/readings`, { method: 'POST', body, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' } });
      const read = (key: string) => fetch(at, { headers: { authorization: `Bearer ${key}` } });
      assert.deepEqual([(await send(KEYS.read)).status, (await read(KEYS.intake)).status], [401, 401]);
      assert.deepEqual([await (await send(KEYS.intake)).json(), (await read(KEYS.read)).status], [{ readings: 1, onTime: 1, late: 0, aside: 0 }, 200]);
    }
  });

  test('a pod that lives and does not answer is rolled out again by the round of health, under the Role of those who publish: once, and told once', async () => {
    const [{ client, dispose }, stores] = [await connectTemporal(configHere()), await connectStores(configHere())];
    const deployment = `almanac-${name}`;
    const ended = `WorkflowType = 'health' AND ExecutionStatus != 'Running'`;
    const round = async (): Promise<HealthState> => {
      const { count } = await client.workflow.count(ended);
      await client.schedule.getHandle(healthId(deployment)).trigger('BUFFER_ALL');
      await until('a round of health', async () => (await client.workflow.count(ended)).count > count, 120_000);
      return (await readHealth(client, deployment, 10_000))!; // one has ended
    };
    const rounds = (what: string, holds: (state: HealthState) => boolean) => until(what, async () => holds(await round()), 240_000);
    const podsOf = async () => (await cluster.core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/component=model-server' })).items.map(({ metadata }) => metadata?.name ?? '');
    try {
      assert.deepEqual((await round()).parts.map(({ part, isUp }) => [part, isUp]), ['worker', 'cassandra', 'temporal', 'model-server', 'endpoint', 'rollup-server', `source/shop-${name}`].map((part) => [part, true]));
      const before = await podsOf();
      assert.equal(before.length, 1);
      cluster.hang(before[0]!); // there is one
      await rounds('it is asked for', ({ parts }) => parts.some(({ part, askedEver }) => part === 'model-server' && askedEver === 1));
      await until('another pod in its place', async () => { const pods = await podsOf(); return pods.length === 1 && pods[0] !== before[0]; }, 120_000);
      await rounds('calm', ({ parts }) => parts.every(({ isUp, incident }) => isUp && incident === null));
      await round();
      assert.deepEqual(notices.map(({ subject, kind }) => `${subject} ${kind}`), ['model-server part-restarted']);
      assert.match(notices[0]!.sentence, /: the cluster rolls Deployment almanac-model-server out again$/); // it is one
      assert.deepEqual((await stores.releaseStore.readAudit(deployment, 100)).map(({ subject, action }) => `${subject} ${action}`), ['model-server part-restarted']);
      const sets = (await cluster.apps.listNamespacedReplicaSet({ namespace })).items.map(({ metadata }) => metadata?.ownerReferences?.[0]?.name ?? '');
      assert.deepEqual(sets.toSorted(), ['almanac-endpoint', 'almanac-model-server', 'almanac-model-server', 'almanac-rollup-server', 'almanac-worker', 'almanac-worker-compute', 'almanac-worker-publish'], 'one rollout of it, and of nothing else');
    } finally {
      await Promise.all([dispose(), stores.dispose()]);
    }
  });

  test('another configuration is a rollout of every role that reads it', async () => {
    const before = new Map((await deployments()).map(({ metadata, spec }) => [metadata?.name, JSON.stringify(spec?.template)]));
    const changed = render({ ...document, worker: { shardsAtOnce: 1 } });
    const rolled = changed.filter((object) => object.kind === 'Deployment').filter((object) => !JSON.stringify(object).includes(configMapOf(before.get(object.metadata?.name)))).map((object) => object.metadata?.name);
    assert.deepEqual(rolled.sort(), ['almanac-endpoint', 'almanac-rollup-server', 'almanac-worker', 'almanac-worker-compute', 'almanac-worker-publish']);
  });

  test('workers that are told to stop end by themselves, sooner than they are given', async () => {
    const began = Date.now();
    await cluster.apps.deleteCollectionNamespacedDeployment({ namespace, propagationPolicy: 'Foreground' });
    await until('no pod of a role is left', async () => (await cluster.core.listNamespacedPod({ namespace, labelSelector: 'app.kubernetes.io/part-of=almanac,app.kubernetes.io/component!=schedules' })).items.length === 0, 60_000);
    assert.ok(Date.now() - began < (DRAIN_SECONDS + 15) * 1000, `${Date.now() - began} ms`);
    assert.deepEqual(cluster.exitCodes(), new Set([0]));
  });
});

const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** `"name":"almanac-<hash>"` of what a template mounts; a text that is nowhere when it mounts none. */
function configMapOf(template = ''): string {
  return /almanac-[a-z0-9]{10}(?=")/.exec(template)?.[0] ?? '';
}
