import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config.ts';
import { workerQueues } from '../../src/config/worker.ts';
import { DRAIN_SECONDS } from '../../src/main/deployment.ts';
import type { V1Container, V1Deployment, V1Job, V1NetworkPolicy, V1PodDisruptionBudget, V1PodTemplateSpec } from '@kubernetes/client-node';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'k8s');
const { resources } = parse(readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
const objects = resources.flatMap((file) => parseAllDocuments(readFileSync(path.join(folder, file), 'utf8')).map((document) => document.toJS() as { kind: string; metadata: { name: string; namespace?: string } }));
const ofKind = <T>(kind: string) => objects.filter((object) => object.kind === kind) as unknown as (T & { metadata: { name: string } })[];
const deployments = ofKind<V1Deployment>('Deployment');
const templates = [...deployments, ...ofKind<V1Job>('Job')].map(({ metadata, spec }) => ({ name: metadata.name, ...(spec!.template as Required<V1PodTemplateSpec>) }));
const fits = (labels: Readonly<Record<string, string>> = {}, selector: Readonly<Record<string, string>> = {}) => Object.entries(selector).every(([name, value]) => labels[name] === value);
const valueOf = ({ env = [] }: V1Container, name: string) => env.find((each) => each.name === name)?.value;

test('every manifest is part of the whole, and all are in one namespace', () => {
  const files = readdirSync(folder).filter((name) => !['kustomization.yaml', 'almanac.yaml'].includes(name));
  assert.deepEqual(files.sort(), [...resources].sort());
  for (const { kind, metadata } of objects) assert.equal(metadata.namespace, kind === 'Namespace' ? undefined : 'almanac', `${kind} ${metadata.name}`);
});

for (const { name, metadata, spec } of templates) {
  describe(`pods of ${name}`, () => {
    const container = spec!.containers[0]!; // each has one
    const isDeployment = deployments.some((deployment) => deployment.metadata.name === name);

    test('are restricted: nobody, no capabilities, nothing to write but what is said, bounded', () => {
      assert.equal(spec!.containers.length, 1);
      assert.deepEqual(spec!.securityContext, { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534, seccompProfile: { type: 'RuntimeDefault' } });
      assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      for (const what of ['cpu', 'memory', 'ephemeral-storage']) assert.ok(container.resources?.limits?.[what], what);
      assert.equal(container.resources?.limits?.memory, container.resources?.requests?.memory);
    });

    test('run as an account that is there, and have its token only where they call the API server', () => {
      assert.ok(ofKind('ServiceAccount').some(({ metadata: { name: account } }) => account === spec!.serviceAccountName), spec!.serviceAccountName);
      assert.equal(spec!.automountServiceAccountToken, ['almanac-worker-compute', 'almanac-worker-publish'].includes(name));
    });

    test('are in the sight of a network policy', () => {
      assert.ok(ofKind<V1NetworkPolicy>('NetworkPolicy').some((policy) => fits(metadata!.labels, policy.spec?.podSelector?.matchLabels)));
    });

    test('mount what there is', () => {
      for (const volume of spec!.volumes ?? []) {
        const claim = volume.persistentVolumeClaim?.claimName;
        if (claim) assert.ok(ofKind('PersistentVolumeClaim').some((object) => object.metadata.name === claim), claim);
        const named = volume.configMap?.name ?? volume.secret?.secretName;
        if (named) assert.equal(named, 'almanac');
      }
    });

    if (isDeployment) {
      test('are asked whether they have started, are ready and live, and are drained one at a time', () => {
        assert.ok(container.startupProbe && container.readinessProbe && container.livenessProbe);
        const budget = ofKind<V1PodDisruptionBudget>('PodDisruptionBudget').filter((each) => fits(metadata!.labels, each.spec?.selector?.matchLabels));
        assert.deepEqual(budget.map(({ spec: of }) => of?.maxUnavailable), [1]);
      });
    }
  });
}

/** Files of the Secret that pods of the Deployment have; null where they have all. */
const secretsOf = (deployment: string) => (templates.find(({ name }) => name === deployment)?.spec?.volumes ?? []).flatMap(({ secret }) => (secret ? [secret.items?.map(({ path: file }) => file).sort() ?? null] : []));

test('the rollup server has its own keys and the way into the store, and no other secret', () => {
  assert.deepEqual(secretsOf('almanac-rollup-server'), [['cassandra-password', 'rollup-intake-key', 'rollup-read-key']]);
});

test('the endpoint, which strangers reach, has the way into the store and no other secret', () => {
  assert.deepEqual(secretsOf('almanac-endpoint'), [['cassandra-password']]);
});

const workers = deployments.filter(({ spec }) => spec?.template.spec?.containers[0]?.args?.[0] === 'worker');
const queuesOf = ({ spec }: V1Deployment) => (valueOf(spec!.template.spec!.containers[0]!, 'ALMANAC_WORKER_QUEUES') ?? '').split(',');

test('workers are given longer to end than their steps have', () => {
  assert.equal(workers.length, 3);
  for (const { metadata, spec } of workers) assert.ok((spec?.template.spec?.terminationGracePeriodSeconds ?? 30) >= DRAIN_SECONDS + 15, metadata.name);
});

test('workers run the sequences as the image has them bundled', () => {
  for (const { metadata, spec } of workers) assert.equal(valueOf(spec!.template.spec!.containers[0]!, 'ALMANAC_CACHE'), undefined, metadata.name);
});

test('each queue has its worker, and that of changes of tables is never there twice', () => {
  assert.deepEqual(workers.flatMap(queuesOf).sort(), [...workerQueues].sort());
  const tables = workers.find((worker) => queuesOf(worker).includes('tables'));
  assert.deepEqual([tables?.spec?.replicas, tables?.spec?.strategy], [1, { type: 'Recreate' }]);
});

test('the configurations of base and example are understood, and their secrets are where pods have them', () => {
  for (const file of ['k8s/almanac.yaml', 'examples/kubernetes/almanac.yaml']) {
    const { artifacts, cassandra, health, home, rollupServer, runner } = readConfig({}, path.join(root, file));
    assert.deepEqual([home, runner.kind, cassandra.credentials?.passwordFile], ['/var/lib/almanac', 'kubernetes', '/run/almanac/cassandra-password']);
    // What is started again is there, under the names that are looked for.
    const names = health.restarts.kind === 'kubernetes' ? Object.values(health.restarts.deployments) : [];
    assert.deepEqual(names.filter((name) => deployments.some(({ metadata }) => metadata.name === name)), ['almanac-endpoint', 'almanac-model-server', 'almanac-rollup-server']);
    assert.equal(artifacts.kind === 's3' && artifacts.credentials?.secretKeyFile, '/run/almanac/secret-access-key');
    assert.deepEqual([rollupServer.intakeKeyFile, rollupServer.readKeyFile], ['/run/almanac/rollup-intake-key', '/run/almanac/rollup-read-key']);
  }
});
