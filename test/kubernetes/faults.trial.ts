import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { endpointWorld } from '../http/endpoint-world.ts';
import { clusterWorld, namespace, type ClusterWorld } from './cluster-world.ts';
import { faultyRelay, type Asked } from './faulty-relay.ts';
import { publisherOn } from './publisher-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { PublisherWorld } from '../contracts/publisher.contract.ts';

const key = { property: 'shop', week: '2011-W48', revision: 1 };

describe('an API server that fails', () => {
  let cluster: ClusterWorld;
  let world: PublisherWorld;
  let apiKey: ApiKey;
  let relay: Awaited<ReturnType<typeof faultyRelay>>;
  let image = 0;
  /** Another image each time, so that there is something to roll out. */
  const stage = (requestTimeoutMs = 10_000) => publisherOn(cluster, world, async () => apiKey.plain, { kubeconfig: relay.kubeconfig, requestTimeoutMs, settings: { image: `almanac:${image}`, rolloutSeconds: 30 } }).stage(key);
  const firstApply = ({ method, url }: Asked) => method === 'PATCH' && !url.searchParams.has('dryRun');

  before(async () => {
    [cluster, world] = await Promise.all([clusterWorld(), endpointWorld()]);
    apiKey = await world.key('2011-W48');
    await world.stage({}, ['a']);
    relay = await faultyRelay({ kubeconfig: cluster.kubeconfigs.publisher, file: path.join(cluster.folder, 'relay.kubeconfig') });
  });
  beforeEach(() => {
    image += 1;
    relay.seen.length = 0;
    relay.state.fault = () => null;
  });
  after(async () => {
    await relay.dispose();
    await cluster.dispose();
    await world.dispose();
  });

  test('overload is tried again as late as the server says, and a second try finishes what the first began', async () => {
    relay.state.fault = (asked) => (asked.url.pathname.endsWith('/services/almanac-shop-2011-w48') && firstApply(asked) ? { status: 429, headers: { 'retry-after': '3' } } : null);
    await assert.rejects(stage(), (error) => error instanceof Failure && error.code === 'cluster-unavailable' && !error.isFinal && error.retryAfterMs === 3000 && /answers 429 when asked to apply Service/.test(error.message));
    assert.equal((await cluster.apps.listNamespacedDeployment({ namespace })).items.length, 1);
    relay.state.fault = () => null;
    await stage();
    assert.equal((await cluster.apps.listNamespacedDeployment({ namespace })).items.length, 1, 'no second Deployment');
  });

  test('an error of the server is worth another try, a conflict is not', async () => {
    relay.state.fault = (asked) => (firstApply(asked) ? { status: 500 } : null);
    await assert.rejects(stage(), (error) => error instanceof Failure && error.code === 'cluster-unavailable' && !error.isFinal);
    relay.state.fault = (asked) => (firstApply(asked) ? { status: 409 } : null);
    await assert.rejects(stage(), (error) => error instanceof Failure && error.code === 'cluster-refused' && error.isFinal);
  });

  test('a request that stalls is given up and named', async () => {
    relay.state.fault = (asked) => (firstApply(asked) ? 'stall' : null);
    const began = Date.now();
    await assert.rejects(stage(1000), (error) => error instanceof Failure && error.code === 'cluster-unavailable' && /does not answer when asked to apply ServiceAccount almanac-endpoint/.test(error.message));
    assert.ok(Date.now() - began < 10_000);
  });

  // One that stalls is given up after half a minute without a word.
  for (const fault of ['drop-watch', 'too-old', 'stall'] as const) {
    test(`a rollout is followed to its end over watches that end in ${fault}`, async () => {
      relay.state.fault = ({ isWatch }) => (isWatch ? fault : null);
      await stage();
      const watches = relay.seen.filter(({ isWatch }) => isWatch);
      assert.ok(watches.length > 0 && watches.length < 100, `${watches.length} watches`);
      const [live] = (await cluster.apps.listNamespacedDeployment({ namespace })).items;
      assert.deepEqual([live?.spec?.template.spec?.containers[0]?.image, live?.status?.availableReplicas], [`almanac:${image}`, 1]);
    });
  }

  test('a server that is away is named, with what was asked of it', async () => {
    const away = await faultyRelay({ kubeconfig: cluster.kubeconfigs.publisher, file: path.join(cluster.folder, 'away.kubeconfig') });
    await away.dispose();
    await assert.rejects(publisherOn(cluster, world, async () => apiKey.plain, { kubeconfig: away.kubeconfig }).stage(key), (error) =>
      error instanceof Failure && error.code === 'cluster-unavailable' && !error.isFinal && /Kubernetes at http:\/\/127\.0\.0\.1:\d+ does not answer when asked to .*ECONNREFUSED/.test(error.message));
  });
});
