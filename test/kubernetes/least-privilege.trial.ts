import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { Failure } from '../../src/domain/failure.ts';
import { auditLog } from '../../src/parts/kubernetes-cluster.ts';
import { endpointWorld } from '../http/endpoint-world.ts';
import { usedBy } from './audited.ts';
import { clusterWorld, namespace, until, type ClusterWorld } from './cluster-world.ts';
import { withHttpRoutes } from './http-routes.ts';
import { publisherOn } from './publisher-world.ts';
import type { ApiKey } from '../../src/domain/release/api-key.ts';
import type { KubernetesSettings } from '../../src/publishers/kubernetes/settings.ts';
import type { PublisherWorld } from '../contracts/publisher.contract.ts';

const week = { property: 'shop', week: '2011-W48' };
const account = `system:serviceaccount:${namespace}:almanac-publisher`;

describe('the rights of k8s/publisher.yaml', () => {
  let cluster: ClusterWorld;
  let world: PublisherWorld;
  let key: ApiKey;
  let role: k8s.V1Role;
  /** Every kind is there, the autoscaler too. */
  const publisher = (settings: Partial<KubernetesSettings> = {}) => publisherOn(cluster, world, async () => key.plain, { settings: { replicas: { least: 1, most: 2 }, ...settings } });
  /** Pods that do not come up: to say why, publishing needs every right that it ever needs. */
  const failing = () => publisher({ image: 'almanac:crashing', rolloutSeconds: 5 }).stage({ ...week, revision: 1 });
  const isAllowed = async (attributes: k8s.V1ResourceAttributes) => {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: account, resourceAttributes: { namespace, ...attributes } } };
    return ((await cluster.api.create(body as k8s.KubernetesObject)) as k8s.V1SubjectAccessReview).status?.allowed === true;
  };
  const grant = async (rules: k8s.V1PolicyRule[]) => {
    await cluster.rbac.replaceNamespacedRole({ name: 'almanac-publisher', namespace, body: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'almanac-publisher', namespace }, rules } });
    for (const rule of role.rules ?? []) {
      for (const verb of rule.verbs) {
        const asked = { group: rule.apiGroups?.[0] ?? '', resource: rule.resources?.[0] ?? '', verb };
        const isGranted = rules.some(({ apiGroups, resources, verbs }) => apiGroups?.includes(asked.group) && resources?.includes(asked.resource) && verbs.includes(verb));
        await until('the role counts', async () => (await isAllowed(asked)) === isGranted);
      }
    }
  };

  before(async () => {
    [cluster, world] = await Promise.all([clusterWorld(), endpointWorld()]);
    key = await world.key('2011-W48');
    await world.stage({}, ['a']);
    role = await cluster.rbac.readNamespacedRole({ name: 'almanac-publisher', namespace });
    await withHttpRoutes(cluster.api);
  });
  after(async () => {
    await cluster.dispose();
    await world.dispose();
  });

  test('without the right to create, nothing is created', async () => {
    await grant((role.rules ?? []).map((rule) => ({ ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') })));
    await assert.rejects(failing(), /does not allow to dry-run ServiceAccount .*cannot create|cannot create resource|forbidden/);
    assert.deepEqual((await cluster.core.listNamespacedSecret({ namespace })).items, []);
  });

  test('without any one of its rules publishing fails and names the right', async () => {
    for (const missing of role.rules ?? []) {
      await grant((role.rules ?? []).filter((rule) => rule !== missing));
      await assert.rejects(failing(), (error) => error instanceof Failure && error.code === 'cluster-refused' && error.isFinal && error.message.includes(`cannot ${missing.verbs.includes('patch') ? 'patch' : 'list'} resource "${missing.resources?.[0]}"`), missing.resources?.[0]);
    }
    await grant(role.rules ?? []);
    await assert.rejects(failing(), (error) => error instanceof Failure && error.code === 'rollout-failed');
  });

  test('each verb that is granted is used, as the API server has written down', async () => {
    await publisher().stage({ ...week, revision: 1 });
    await world.releaseStore.goLive({ ...week, revision: 1 });
    await publisher().announce({ ...week, revision: 1 });
    await publisher({ gateway: undefined, ingress: undefined }).refreshKeys(week);
    await world.releaseStore.retireWeek('shop', '2011-W48', null);
    await publisher().retire(week);

    const used = usedBy('almanac-publisher', auditLog(cluster.objects));
    // Applying is patching where it is written down; that creating is needed too, the first test shows.
    const granted = (role.rules ?? []).flatMap(({ resources, verbs }) => verbs.filter((verb) => verb !== 'create').map((verb) => `${verb} ${resources?.[0]}`));
    assert.deepEqual(granted.filter((right) => !used.has(right)), []);
    assert.deepEqual([...used].filter((right) => !granted.includes(right)), []);
  });

  test('Secrets elsewhere are refused, and so is publishing there', async () => {
    const config = new k8s.KubeConfig();
    config.loadFromFile(cluster.kubeconfigs.publisher);
    const core = config.makeApiClient(k8s.CoreV1Api);
    for (const elsewhere of ['default', 'kube-system']) {
      await assert.rejects(core.listNamespacedSecret({ namespace: elsewhere }), ({ code }) => code === 403);
      await assert.rejects(publisher({ namespace: elsewhere }).stage({ ...week, revision: 1 }), /does not allow to dry-run ServiceAccount almanac-endpoint in (default|kube-system)/);
    }
    await assert.rejects(core.createNamespace({ body: { metadata: { name: 'mine' } } }), ({ code }) => code === 403);
    await assert.rejects(core.readNamespacedSecret({ name: 'any', namespace }), ({ code }) => code === 403, 'not even ours can be read, only replaced');
  });
});
