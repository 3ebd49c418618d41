import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { addDays } from '../../src/domain/calendar/day.ts';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { auditLog } from '../../src/parts/kubernetes-cluster.ts';
import { injected } from '../faults/injected.ts';
import { bringIn, LITTLE_SHOP, littleShopProperties, served, writeLittleShop } from '../faults/little-shop.ts';
import { killsIn } from '../faults/struck.ts';
import { differencesOf, dumpOf, type Dump } from '../faults/tables.ts';
import { get } from '../http/endpoint-world.ts';
import { s3World, secret } from '../s3/world.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { createdBy } from './audited.ts';
import { clusterWorld, namespace, rolloutsOf, type ClusterWorld } from './cluster-world.ts';
import type { Kill } from '../faults/kills.ts';

const week = LITTLE_SHOP.weeks[0];
/** Two shops with the same days: where one dies in a step, so does the other in another. */
const [little, other] = [LITTLE_SHOP.property, 'other'] as const;
const shops = [little, other];

const place = (shop: string, step: string, name: string, when: Kill['when'], death?: string): Kill => ({ target: 'worker', step, name, when, workflow: `week/${shop}/`, ...(death ? { death } : {}) });
const trained = place(little, 'trainModels', 'cluster.remove Job', 'before');
const whilePublished: readonly Kill[] = [
  place(little, 'trainModels', 'cluster.create Job', 'after'), trained,
  place(little, 'stageBuilt', 'cluster.apply Secret', 'after', 'while it is applied'),
  place(other, 'stageBuilt', 'cluster.watch', 'during', 'while it is applied'),
  place(little, 'probeRelease', 'publisher.stage', 'after', 'before it is told'),
  place(other, 'goLive', 'cluster.apply Service current', 'before', 'before it is told'),
];
const afterwards: readonly Kill[] = [
  place(little, 'rotateKey', 'cluster.apply Secret', 'after', 'while it changes'),
  place(other, 'retireWeek', 'cluster.remove Service', 'after', 'while it changes'),
];

/** A worker that trains in Jobs and publishes Deployments, killed in each step that does so; pods run on the node that is ours. */
suite('weeks whose worker is killed in every step that uses the cluster', () => {
  let undisturbed: Dump;
  let cluster: ClusterWorld;
  let s3: Awaited<ReturnType<typeof s3World>>;
  let stack: TestStack;
  let deaths = 0;

  const keyOf = async (shop: string) => (await stack.stores.keyVault.read(vaultName(shop, week))) ?? '';
  const answerOf = async (service: string, shop: string, path_: string, key: string) => {
    const { spec } = await cluster.core.readNamespacedService({ name: service, namespace });
    return get(`http://${spec?.clusterIP}/${shop}/${path_}/v1/model`, { authorization: `Bearer ${key}` });
  };
  const objects = async (kind: string, apiVersion = 'v1') => (await cluster.api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, 'almanac/property')).items.map(({ metadata }) => metadata?.name ?? '').sort();
  /** Each with how often its pods were rolled out, and how many there are. */
  const deployments = async () => (await cluster.apps.listNamespacedDeployment({ namespace })).items.map(({ metadata, status }) => [metadata?.name, rolloutsOf(metadata), status?.replicas]);
  const restarts = () => stack.supervisor.running().find(({ name }) => name === 'worker')?.restarts;

  before(async () => {
    [cluster, s3] = await Promise.all([clusterWorld(), s3World()]);
    await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name: 'bucket' }, stringData: { 'secret-access-key': secret } } });
    const days = path.join(cluster.folder, 'days');
    writeLittleShop(days);
    const processes = await started(days, {}, {});
    try {
      await Promise.all(shops.map(async (shop) => run(processes, shop)));
      await Promise.all([rotate(processes), retire(processes)]);
      undisturbed = await dumpOf({ cassandra: processes.stores.cassandra, artifacts: 'none' });
    } finally {
      await processes.stop();
    }
    const { credentials, endpoint } = s3;
    const where = { kind: 'kubernetes', namespace };
    stack = await started(days, {
      publisher: { ...where, image: 'almanac:1', kubeconfig: cluster.kubeconfigs.publisher },
      runner: { ...where, image: 'almanac-training:1', kubeconfig: cluster.kubeconfigs.runner, bucketSecret: 'bucket', cpu: '100m' },
      artifacts: { kind: 's3', bucket: s3.newBucket(), endpoint, credentials },
    }, injected('watched-steps'));
  });
  after(async () => {
    await stack?.stop();
    await cluster?.dispose();
    await s3?.dispose();
  });

  test('while they train, are applied, come up, are probed and go live: one Job, one Deployment, and every address answers', async () => {
    const { arm, struck, deathsOf } = killsIn(stack);
    arm(whilePublished);
    // The other comes to where they die together, and not further, while the first is begun again.
    await Promise.all([run(stack, little), struck(trained).then(() => run(stack, other))]);
    deaths += await deathsOf(whilePublished);
    assert.equal(restarts(), deaths);
    const names = shops.map((shop) => `almanac-${shop}-2026-w04`);
    assert.deepEqual(await deployments(), names.map((name) => [name, 1, 1]));
    assert.deepEqual(await objects('ReplicaSet', 'apps/v1').then((sets) => sets.length), 2);
    assert.deepEqual(await objects('Service'), [...shops.map((shop) => `almanac-${shop}-current`), ...names].sort());
    for (const kind of ['Secret', 'ConfigMap', 'Pod']) assert.equal((await objects(kind)).length, 2, kind);
    assert.deepEqual([createdBy('almanac-runner', auditLog(cluster.objects)), (await cluster.batch.listNamespacedJob({ namespace })).items], [{ jobs: 2 }, []]);
    for (const shop of shops) {
      const key = await keyOf(shop);
      for (const [service, at] of [[`almanac-${shop}-2026-w04`, week], [`almanac-${shop}-current`, 'current']] as const) {
        await eventually(async () => (await answerOf(service, shop, at, key).catch(() => null))?.body?.release === `${week}.1`, 10_000, `an answer of ${service}`);
      }
    }
  });

  test('while a key is rotated and a week retired: one version of the keys, and nothing of the week is left', async () => {
    const { arm, deathsOf } = killsIn(stack);
    const old = await keyOf(little);
    arm(afterwards);
    await Promise.all([rotate(stack), retire(stack)]);
    deaths += await deathsOf(afterwards);
    assert.equal(restarts(), deaths);
    const name = `almanac-${little}-2026-w04`;
    assert.deepEqual((await deployments()).map(([deployment, rollouts]) => [deployment, rollouts]), [[name, 3]], 'the new key, then the old one that ends');
    assert.deepEqual(await objects('Service'), [name, `almanac-${little}-current`]);
    for (const kind of ['Secret', 'ConfigMap']) assert.equal((await objects(kind)).length, 1, kind);
    const keys = (await stack.stores.keyStore.listKeys(little)).filter(({ slot }) => !slot.startsWith('probe/'));
    assert.equal(keys.length, 2, 'one key was made');
    const rotated = await keyOf(little);
    assert.notEqual(rotated, old);
    for (const key of [rotated, old]) assert.equal((await answerOf(name, little, week, key)).status, 200);
    await eventually(async () => (await objects('Pod')).length === 1, 60_000, 'the pod of the older keys has ended');
  });

  test('every table is what processes that nobody killed made of the same days', async () => {
    assert.deepEqual(differencesOf(undisturbed, await dumpOf({ cassandra: stack.stores.cassandra, artifacts: 'none' })), []);
  });
});

async function started(days: string, configuration: Record<string, unknown>, env: Record<string, string>): Promise<TestStack> {
  const { [little]: shop } = littleShopProperties(days);
  const stack = await startTestStack({ parts: 'own-temporal', properties: { [little]: shop!, [other]: shop! }, configuration, env }); // it has this one
  await Promise.all(shops.map(async (name) => bringIn(stack.almanac, LITTLE_SHOP.firstDay, addDays(LITTLE_SHOP.lastDay, -7), name)));
  return stack;
}

async function run({ almanac }: TestStack, shop: string): Promise<void> {
  await almanac.weeks.run(shop, week);
  await served(almanac, week, 1, shop);
}

async function rotate({ almanac }: TestStack): Promise<void> {
  await almanac.weeks.rotateKey(little, week);
}

async function retire({ almanac }: TestStack): Promise<void> {
  assert.ok((await almanac.weeks.retire(other, week, { reason: 'a test', by: 'tester' })).retired);
}
