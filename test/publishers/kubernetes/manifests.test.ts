import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { configFrom } from '../../../src/config.ts';
import { kinds, onlyStored } from '../../../src/publishers/kubernetes/manifests/manifest.ts';
import { currentManifests, weekManifests } from '../../../src/publishers/kubernetes/manifests/week.ts';
import { readKeyList } from '../../../src/stores/key-list.ts';
import { exampleSettings as settings } from './example-settings.ts';
import type { V1ConfigMap, V1Deployment, V1Ingress, V1NetworkPolicy, V1PodDisruptionBudget, V1Secret, V1Service, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import type { Manifest } from '../../../src/kubernetes/manifest.ts';
import type { StoredKey } from '../../../src/ports/key-store.ts';

const week = { property: 'shop', week: '2026-W47' };
const keyOf = (keyId: string): StoredKey => ({ property: 'shop', week: '2026-W47', slot: keyId, keyId, sha256: '0'.repeat(64), state: 'active', expiresAtMs: null });
const everything = (): boolean => true;
const manifests = weekManifests(settings, week, [keyOf('k1')], everything);
const the = <T>(kind: string, among: readonly Manifest[] = manifests): T => among.find((manifest) => manifest.kind === kind) as T;
const pod = the<V1Deployment>('Deployment').spec?.template.spec;

describe('manifests of a week', () => {
  test('every kind comes once, in the order of the table, in our namespace and with names that Kubernetes accepts', () => {
    assert.deepEqual(manifests.map(({ kind }) => kind), kinds.map(({ kind }) => kind));
    for (const { metadata } of manifests) {
      assert.match(metadata.name, /^[a-z0-9][a-z0-9-]*[a-z0-9]$/);
      assert.equal(metadata.namespace, 'almanac');
    }
    assert.equal(the<V1Deployment>('Deployment').metadata?.name, 'almanac-shop-2026-w47');
  });

  test('kinds that a cluster may only store are said so, with what each needs, and the README says the same', () => {
    const readme = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');
    const needs = ['NetworkPolicy needs a network that enforces policies', 'HorizontalPodAutoscaler needs metrics of pods', 'Ingress needs an ingress controller', 'HTTPRoute needs a gateway controller'];
    assert.equal(onlyStored(manifests), `only stored where the cluster has nothing for it, which cannot be asked: ${needs.join(', ')}`);
    assert.ok(readme.includes(needs.join(', ')));
    assert.equal(onlyStored(manifests.filter(({ kind }) => ['Deployment', 'Service', 'PodDisruptionBudget'].includes(kind))), null);
  });

  test('the longest name of a property still fits: a Service may have 63 letters, what is mounted 253', () => {
    const longest = weekManifests(settings, { property: `p${'x'.repeat(31)}`, week: '2026-W47' }, [], everything);
    for (const { kind, metadata } of longest) assert.ok(metadata.name.length <= (kind === 'Secret' || kind === 'ConfigMap' ? 253 : 63), metadata.name);
  });

  test('a property that cannot be a label is refused before anything is applied', () => {
    assert.throws(() => weekManifests(settings, { property: 'shop-', week: '2026-W47' }, [], everything), /property "shop-" ends in "-"/);
  });

  test('everything but the account carries the labels by which the week is deleted', () => {
    for (const { kind, metadata } of manifests.filter(({ kind: each }) => each !== 'ServiceAccount')) assert.equal(metadata.labels['almanac/week'], '2026-w47', kind);
    for (const { metadata } of currentManifests(settings, 'shop', '2026-W47')) assert.equal(metadata.labels['almanac/week'], undefined);
  });

  test('equal input gives equal objects; other keys or settings give others, and pods that mount them', () => {
    assert.deepEqual(weekManifests(settings, week, [keyOf('k1')], everything), manifests);
    assert.deepEqual(the<V1Secret>('Secret', weekManifests(settings, week, [keyOf('k2'), keyOf('k1')], everything)), the<V1Secret>('Secret', weekManifests(settings, week, [keyOf('k1'), keyOf('k2')], everything)));
    const rotated = weekManifests(settings, week, [keyOf('k1'), keyOf('k2')], everything);
    assert.notEqual(the<V1Secret>('Secret', rotated).metadata?.name, the<V1Secret>('Secret').metadata?.name);
    assert.equal(the<V1Deployment>('Deployment', rotated).spec?.template.spec?.volumes?.[1]?.secret?.secretName, the<V1Secret>('Secret', rotated).metadata?.name);
    assert.equal(the<V1ConfigMap>('ConfigMap', rotated).metadata?.name, the<V1ConfigMap>('ConfigMap').metadata?.name);
  });

  test('pods are of the restricted profile', () => {
    assert.deepEqual([pod?.automountServiceAccountToken, pod?.securityContext?.runAsNonRoot, pod?.securityContext?.seccompProfile], [false, true, { type: 'RuntimeDefault' }]);
    const [container] = pod?.containers ?? [];
    assert.deepEqual(container?.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    assert.deepEqual(Object.keys(container?.resources?.limits ?? {}).sort(), ['cpu', 'ephemeral-storage', 'memory']);
    assert.deepEqual([container?.startupProbe, container?.readinessProbe, container?.livenessProbe].map((probe) => probe?.httpGet?.path), ['/healthz', '/readyz', '/healthz']);
    assert.deepEqual(pod?.volumes?.map(({ name, hostPath }) => [name, hostPath]), [['config', undefined], ['secret', undefined], ['tmp', undefined]]);
    assert.deepEqual(container?.volumeMounts?.map(({ mountPath, readOnly = false }) => [mountPath, readOnly]), [['/etc/almanac', true], ['/run/almanac', true], ['/tmp', false]]);
    assert.ok((pod?.terminationGracePeriodSeconds ?? 0) > (container?.lifecycle?.preStop?.sleep?.seconds ?? Infinity));
  });

  test('what serves goes only when what takes its place is ready', () => {
    assert.deepEqual(the<V1Deployment>('Deployment').spec?.strategy?.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  });

  test('an autoscaler alone says how many pods there are, where the cluster has one', () => {
    assert.equal(the<V1Deployment>('Deployment').spec?.replicas, undefined);
    assert.equal(the<V1Deployment>('Deployment', weekManifests(settings, week, [], (kind) => kind !== 'HorizontalPodAutoscaler')).spec?.replicas, 1);
    const fixed = weekManifests({ ...settings, replicas: { least: 2, most: 2 } }, week, [], everything);
    assert.deepEqual([the<V1Deployment>('Deployment', fixed).spec?.replicas, the('HorizontalPodAutoscaler', fixed)], [2, undefined]);
    const { minReplicas, maxReplicas, scaleTargetRef } = the<V2HorizontalPodAutoscaler>('HorizontalPodAutoscaler').spec ?? {};
    assert.deepEqual([minReplicas, maxReplicas, scaleTargetRef?.name], [settings.replicas.least, settings.replicas.most, 'almanac-shop-2026-w47']);
  });

  test('what is secret is in the Secret alone, and nothing that is mounted ever changes', () => {
    for (const manifest of manifests.filter(({ kind }) => kind !== 'Secret')) {
      const text = JSON.stringify(manifest);
      assert.ok(!text.includes('hunter2') && !text.includes('0'.repeat(64)), manifest.kind);
    }
    assert.deepEqual([the<V1Secret>('Secret').immutable, the<V1ConfigMap>('ConfigMap').immutable], [true, true]);
  });

  test('the endpoint understands the settings and the keys that it is given', async () => {
    const config = configFrom(JSON.parse(the<V1ConfigMap>('ConfigMap').data?.['almanac.yaml'] ?? ''), {}, '/etc/almanac/almanac.yaml');
    assert.deepEqual([config.endpoint.host, config.endpoint.port, config.endpoint.requestsPerMinute, config.endpoint.keysFile], ['0.0.0.0', 8600, 60, '/run/almanac/keys.json']);
    assert.deepEqual(config.cassandra.credentials, { username: 'almanac', passwordFile: '/run/almanac/cassandra-password' });
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-keys-'));
    const file = path.join(folder, 'keys.json');
    writeFileSync(file, Buffer.from(the<V1Secret>('Secret').data?.['keys.json'] ?? '', 'base64'));
    assert.deepEqual(await readKeyList(file), { property: 'shop', keys: [keyOf('k1')] });
    writeFileSync(file, '{}');
    await assert.rejects(readKeyList(file), /has no property and keys/);
    rmSync(folder, { recursive: true });
    await assert.rejects(readKeyList(file), /keys\.json cannot be read \(ENOENT\)/);
  });

  test('nodes are drained one pod of a week at a time', () => {
    const { maxUnavailable, selector } = the<V1PodDisruptionBudget>('PodDisruptionBudget').spec ?? {};
    assert.deepEqual([maxUnavailable, selector], [1, the<V1Deployment>('Deployment').spec?.selector]);
  });

  test('pods may be called on their port, and call DNS and Cassandra', () => {
    const { ingress, egress, policyTypes, podSelector } = the<V1NetworkPolicy>('NetworkPolicy').spec ?? {};
    assert.deepEqual([policyTypes, podSelector], [['Ingress', 'Egress'], the<V1Deployment>('Deployment').spec?.selector]);
    assert.deepEqual([ingress, egress].map((rules) => rules?.flatMap(({ ports }) => ports?.map(({ port }) => port))), [[8600], [53, 53, 9042]]);
  });

  test('a week takes its own path, and current what no week takes', () => {
    const current = currentManifests(settings, 'shop', '2026-W47');
    const pathOf = (among: readonly Manifest[]) => the<V1Ingress>('Ingress', among).spec?.rules?.[0]?.http?.paths[0];
    assert.deepEqual([pathOf(manifests)?.path, pathOf(current)?.path], ['/shop/2026-W47', '/shop']);
    assert.deepEqual([pathOf(manifests)?.backend.service?.name, pathOf(current)?.backend.service?.name], ['almanac-shop-2026-w47', 'almanac-shop-current']);
    assert.deepEqual(the<V1Service>('Service', current).spec?.selector, the<V1Service>('Service').spec?.selector);
    const bare = weekManifests({ ...settings, ingress: undefined, gateway: undefined }, week, [], everything);
    assert.deepEqual(bare.filter(({ kind }) => kind === 'Ingress' || kind === 'HTTPRoute'), []);
  });
});
