import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import path from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { createPublishActivities } from '../../activities/publish/index.ts';
import { configFrom } from '../../src/config.ts';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { Failure } from '../../src/domain/failure.ts';
import { createPublisher } from '../../src/main/publishers.ts';
import { createKeyFiles } from '../../src/stores/key-files.ts';
import { endpointWorld, get } from '../http/endpoint-world.ts';
import { clusterWorld, namespace, type ClusterWorld } from './cluster-world.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { PublisherWorld } from '../contracts/publisher.contract.ts';

const users = ['mark-1-Zq7', 'mark-2-Zq7'];
const week = { property: 'shop', week: '2011-W48' };
const key = { ...week, revision: 1 };

suite('the steps of publishing on Kubernetes, as a worker is configured for it', () => {
  let cluster: ClusterWorld;
  let world: PublisherWorld;
  let plugs: Pick<Plugs, 'releaseStore' | 'keyStore' | 'keyVault' | 'publisher' | 'peopleStore' | 'settingsOf'>;
  let steps: ReturnType<typeof createPublishActivities>;
  let url: string;
  const run = async <T>(step: () => Promise<T>): Promise<T> => {
    const context = { info: { workflowExecution: { workflowId: 'w', runId: 'r' }, activityId: '1' }, heartbeat: () => undefined, sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)), cancellationSignal: new AbortController().signal };
    return asyncLocalStorage.run(context as unknown as Context, step);
  };
  const plainKey = async () => (await plugs.keyVault.read(vaultName('shop', '2011-W48'))) ?? '';
  const statusWith = async (plain: string) => (await get(`${url}/v1/model`, { authorization: `Bearer ${plain}` })).status;

  before(async () => {
    [cluster, world] = await Promise.all([clusterWorld(), endpointWorld()]);
    const config = configFrom({
      properties: {}, cassandra: { contactPoints: [process.env.ALMANAC_TEST_CASSANDRA], keyspace: world.cassandra.keyspace },
      publisher: { kind: 'kubernetes', namespace, image: 'almanac:1', kubeconfig: cluster.kubeconfigs.publisher, address: 'https://scores.example.com' },
    }, {}, path.join(cluster.folder, 'almanac.yaml'));
    const { releaseStore, keyStore, peopleStore } = world;
    const keyVault = createKeyFiles({ folder: path.join(cluster.folder, 'keys') });
    const publisher = createPublisher(config, { releaseStore, keyStore, keyVault }, () => undefined);
    plugs = { releaseStore, keyStore, peopleStore, keyVault, publisher, settingsOf: () => ({ keepServing: 2, shards: 4 }) as ReturnType<Plugs['settingsOf']> };
    steps = createPublishActivities(plugs);
    await run(() => steps.issueKey(week));
    await world.stage({}, users);
  });
  after(async () => {
    await cluster.dispose();
    await world.dispose();
  });

  test('a release is probed through its Service before it is announced; a score that differs from the table fails', async () => {
    const report = await run(() => steps.probeRelease(key));
    assert.equal(report.checks.length, 5);
    const lying = createPublishActivities({ ...plugs, peopleStore: { ...world.peopleStore, pageScores: async (...asked) => (await world.peopleStore.pageScores(...asked)).map((row) => ({ ...row, prediction: row.prediction / 2 })) } });
    await assert.rejects(run(() => lying.probeRelease(key)), (error) => error instanceof Failure && error.code === 'probe-failed' && error.isFinal && /"a known person has the score of the table" \(status 200\) did not hold/.test(error.message));
    assert.deepEqual(await run(() => steps.goLive(key)), { address: 'https://scores.example.com/shop/2011-W48' });
  });

  test('a rotated key opens the week when it is handed out, the old one works on, and a revoked one does not', async () => {
    ({ url } = await plugs.publisher.stage(key));
    const first = await plainKey();
    const { keyId, replaced } = await run(() => steps.rotateKey(week));
    const second = await plainKey();
    assert.notEqual(second, first);
    assert.deepEqual(await Promise.all([first, second].map(statusWith)), [200, 200]);
    await run(() => steps.revokeKeys({ ...week, keyIds: replaced, reason: 'leaked', by: 'ops' }));
    assert.deepEqual(await Promise.all([first, second].map(statusWith)), [401, 200]);
    assert.ok((await world.keyStore.listKeys('shop')).some((stored) => stored.keyId === keyId && stored.state === 'active'));
    // The plain keys are nowhere in the cluster.
    const secrets = JSON.stringify((await cluster.core.listNamespacedSecret({ namespace })).items.map(({ data }) => Object.values(data ?? {}).map((text) => Buffer.from(text, 'base64').toString())));
    assert.ok(secrets.includes(keyId) && !secrets.includes(second) && !secrets.includes(first));
  });

  test('a forgotten key does not stop a probe: the pods know the one that is made for it', async () => {
    await run(() => steps.forgetKey(week));
    await run(() => steps.probeRelease(key));
  });

  test('a retired week leaves nothing in the cluster', async () => {
    await run(() => steps.retireWeek({ ...week, reason: 'test', by: 'ops' }));
    for (const kind of ['Secret', 'ConfigMap', 'Service', 'Pod']) {
      assert.deepEqual((await cluster.api.list('v1', kind, namespace, undefined, undefined, undefined, undefined, 'almanac/property=shop')).items, [], kind);
    }
  });
});
