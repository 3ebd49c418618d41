import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/domain/failure.ts';
import { endpointWorld, get } from '../http/endpoint-world.ts';
import { clusterWorld, namespace, until, type ClusterWorld } from './cluster-world.ts';
import { withHttpRoutes } from './http-routes.ts';
import { publisherOn } from './publisher-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { PublisherWorld } from '../contracts/publisher.contract.ts';

const week = { property: 'shop', week: '2011-W48' };
const name = 'almanac-shop-2011-w48';
const selector = 'almanac/property=shop,almanac/week=2011-w48';
const fast = { rolloutSeconds: 5 };

describe('publishing on Kubernetes', () => {
  let cluster: ClusterWorld;
  let world: PublisherWorld;
  let key: ApiKey;
  const publisher = (different: Parameters<typeof publisherOn>[3] = {}) => publisherOn(cluster, world, async () => key.plain, different);
  const deployed = () => cluster.apps.readNamespacedDeployment({ name, namespace });
  const imageOf = async () => (await deployed()).spec?.template.spec?.containers[0]?.image;
  const namesOf = async (kind: string, apiVersion = 'v1', labels = selector) => (await cluster.api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, labels)).items.map(({ metadata }) => metadata?.name ?? '');

  before(async () => {
    [cluster, world] = await Promise.all([clusterWorld(), endpointWorld()]);
    key = await world.key('2011-W48');
    await world.stage({}, ['a']);
  });
  after(async () => {
    await cluster.dispose();
    await world.dispose();
  });

  test('what the cluster would refuse is found before anything is changed', async () => {
    const refused = publisher({ settings: { ingress: { host: 'no_host' } } }).stage({ ...week, revision: 1 });
    await assert.rejects(refused, (error) => error instanceof Failure && error.code === 'cluster-refused' && error.isFinal && /to dry-run Ingress almanac-shop-2011-w48 in almanac-\w+: .*no_host/.test(error.message));
    for (const kind of ['Secret', 'ConfigMap', 'Service']) assert.deepEqual(await namesOf(kind), []);
  });

  test('kinds that the cluster does not serve are left out and said, and those that it may only store; with the kind they are there', async () => {
    const said: string[] = [];
    const { url, stagedHeaders } = await publisher({ log: (sentence) => said.push(sentence) }).stage({ ...week, revision: 1 });
    assert.deepEqual(said, [
      `this cluster does not serve HTTPRoute (gateway.networking.k8s.io/v1): ${name} does without it`,
      'only stored where the cluster has nothing for it, which cannot be asked: NetworkPolicy needs a network that enforces policies, Ingress needs an ingress controller',
    ]);
    assert.equal((await get(`${url}/v1/model`, { ...stagedHeaders, authorization: `Bearer ${key.plain}` })).body.release, '2011-W48.1');
    assert.deepEqual(await namesOf('Ingress', 'networking.k8s.io/v1'), [name]);

    await withHttpRoutes(cluster.api);
    await publisher().stage({ ...week, revision: 1 });
    assert.deepEqual(await namesOf('HTTPRoute', 'gateway.networking.k8s.io/v1'), [name]);
  });

  test('an image that cannot be pulled: the reason is said, what ran before is applied again and serves throughout', async () => {
    const { url } = await publisher().stage({ ...week, revision: 1 });
    let isWatching = true;
    const refused: number[] = [];
    const watching = (async () => {
      for (; isWatching; await sleep(50)) {
        const { status } = await get(`${url}/v1/model`, { authorization: `Bearer ${key.plain}`, 'almanac-release': '2011-W48.1' });
        if (status !== 200) refused.push(status);
      }
    })();
    await assert.rejects(publisher({ settings: { ...fast, image: 'almanac:missing' } }).stage({ ...week, revision: 1 }), (error) =>
      error instanceof Failure && error.code === 'rollout-failed' && !error.isFinal
      && /almanac-shop-2011-w48 did not come up on Kubernetes: its pods were not ready within 5 s; ImagePullBackOff \(Back-off pulling image "almanac:missing"\)\. .*what ran before was applied again/.test(error.message));
    assert.equal(await imageOf(), 'almanac:1');
    await until('only what ran before is there', async () => (await deployed()).status?.replicas === 1);
    isWatching = false;
    await watching;
    assert.deepEqual(refused, []);
  });

  test('a crash between applying and judging does not lose what ran before', async () => {
    const cancelled = new AbortController();
    const broken = publisher({ settings: { image: 'almanac:crashing' } });
    const attempt = broken.stage({ ...week, revision: 1 }, { signal: cancelled.signal });
    void until('the broken image is applied', async () => (await imageOf()) === 'almanac:crashing').then(() => cancelled.abort(new Error('the worker is killed')));
    await assert.rejects(attempt, /the worker is killed/);
    await assert.rejects(publisher({ settings: { ...fast, image: 'almanac:crashing' } }).stage({ ...week, revision: 1 }), /CrashLoopBackOff .*exit code 78.*what ran before was applied again/);
    assert.equal(await imageOf(), 'almanac:1');
  });

  test('pods that the cluster refuses to create are explained by their ReplicaSet', async () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'full', namespace }, spec: { hard: { pods: '1' } } } as KubernetesObject;
    await cluster.api.create(quota);
    const counted = async () => ((await cluster.api.read(quota as never)) as { status?: { used?: { pods?: string } } }).status?.used?.pods === '1';
    await until('the quota counts', counted);
    await assert.rejects(publisher({ settings: { image: 'almanac:2' } }).stage({ ...week, revision: 1 }), /exceeded quota: full/);
    await cluster.api.delete(quota);
    assert.equal(await imageOf(), 'almanac:1');
  });

  test('another writer of our fields is a conflict that names writer and field, and is not fought', async () => {
    const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas: 2 } } as KubernetesObject;
    await cluster.api.patch(scaled, undefined, undefined, 'somebody-else', true, 'application/apply-patch+yaml');
    await assert.rejects(publisher().stage({ ...week, revision: 1 }), (error) =>
      error instanceof Failure && error.code === 'cluster-refused' && error.isFinal && /conflict.*"somebody-else".*\.spec\.replicas/.test(error.message));
    assert.equal((await deployed()).spec?.replicas, 2);
    await cluster.api.patch({ ...scaled, spec: {} } as KubernetesObject, undefined, undefined, 'somebody-else', true, 'application/apply-patch+yaml');
    await publisher().stage({ ...week, revision: 1 });
    assert.equal((await deployed()).spec?.replicas, 1);
  });

  test('older weeks stay, `current` follows the latest, and a key of the week before opens it', async () => {
    await world.releaseStore.goLive({ ...week, revision: 1 });
    await publisher().announce({ ...week, revision: 1 });
    const next = await world.key('2011-W49');
    await world.stage({ week: '2011-W49' }, ['a']);
    const later = publisherOn(cluster, world, async () => next.plain);
    await later.stage({ property: 'shop', week: '2011-W49', revision: 1 });
    assert.deepEqual((await cluster.core.readNamespacedService({ name: 'almanac-shop-current', namespace })).spec?.selector?.['almanac/week'], '2011-w48');
    await world.releaseStore.goLive({ property: 'shop', week: '2011-W49', revision: 1 });
    await later.announce({ property: 'shop', week: '2011-W49', revision: 1 });

    const addressOf = async (service: string) => `http://${(await cluster.core.readNamespacedService({ name: service, namespace })).spec?.clusterIP}`;
    const current = `${await addressOf('almanac-shop-current')}/shop/current/v1/model`;
    for (const each of [key, next]) {
      await until('current is the latest week', async () => (await get(current, { authorization: `Bearer ${each.plain}` }).catch(() => null))?.body?.release === '2011-W49.1');
    }
    const older = await get(`${await addressOf(name)}/shop/2011-W48/v1/model`, { authorization: `Bearer ${key.plain}` });
    assert.equal(older.body.release, '2011-W48.1');
    // Each week's pods know their own keys and no later ones.
    assert.equal((await get(`${await addressOf(name)}/shop/2011-W49/v1/model`, { authorization: `Bearer ${next.plain}` })).status, 401);
  });

  test('a retired week is drained, then routes, pods and what they mounted go in that order, and nothing else goes', async () => {
    const gone: string[] = [];
    const kinds = [['Ingress', 'networking.k8s.io/v1'], ['Service', 'v1'], ['Deployment', 'apps/v1'], ['NetworkPolicy', 'networking.k8s.io/v1'], ['ConfigMap', 'v1'], ['Secret', 'v1']] as const;
    const looking = (async () => {
      while (gone.length < kinds.length) {
        for (const [kind, apiVersion] of kinds) if (!gone.includes(kind) && (await namesOf(kind, apiVersion)).length === 0) gone.push(kind);
      }
    })();
    await assert.rejects(publisher().retire(week), /did not answer 410/, 'a week that is live is not taken down');
    await world.releaseStore.retireWeek('shop', '2011-W48', '2011-W49');
    await publisher().retire(week);
    await looking;
    assert.deepEqual(gone, kinds.map(([kind]) => kind));
    assert.deepEqual(await namesOf('Pod'), []);
    assert.deepEqual((await namesOf('Deployment', 'apps/v1', 'almanac/property=shop')), ['almanac-shop-2011-w49']);
    assert.equal((await cluster.core.readNamespacedService({ name: 'almanac-shop-current', namespace })).spec?.selector?.['almanac/week'], '2011-w49');
  });
});
