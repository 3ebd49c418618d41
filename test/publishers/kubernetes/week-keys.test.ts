import assert from 'node:assert/strict';
import { beforeEach, mock, suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { revokeKeys } from '../../../activities/publish/end-key.ts';
import { rotateKey } from '../../../activities/publish/rotate-key.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { vaultName } from '../../../src/domain/release/api-key.ts';
import { createKubernetesPublisher } from '../../../src/publishers/kubernetes/publisher.ts';
import { exampleSettings as settings } from './example-settings.ts';
import type { V1Deployment, V1Secret } from '@kubernetes/client-node';
import type { Plugs } from '../../../activities/plugs.ts';
import type { Cluster } from '../../../src/kubernetes/cluster.ts';
import type { Manifest } from '../../../src/kubernetes/manifest.ts';
import type { StoredKey } from '../../../src/ports/key-store.ts';

const property = 'shop';
const weeks = ['2026-W46', '2026-W47', '2026-W48'] as const;
const [first, second, third] = weeks;
const nameOf = (week: string) => `almanac-shop-${week.toLowerCase()}`;

/** Objects by kind and name. A Deployment is up as soon as it is applied, unless its name is among the sick: then what is new of it never is. */
function memoryCluster() {
  const objects = new Map<string, Manifest & { status?: object }>();
  const sick = new Set<string>();
  const rolledOut: string[] = [];
  const id = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;
  const statusOf = (manifest: Manifest) => {
    if (manifest.kind === 'Service') return {};
    const up = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions: [{ type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }] };
    return sick.has(manifest.metadata.name) ? { ...up, replicas: 2, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] } : up;
  };
  const cluster = {
    namespace: 'almanac', serves: async () => true,
    apply: async (manifest: Manifest, { isDryRun }: { isDryRun: boolean }) => {
      if (isDryRun) return manifest;
      const spec = manifest.kind === 'Service' ? { clusterIP: '10.0.0.1' } : (manifest as V1Deployment).spec;
      const before = objects.get(id(manifest)) as V1Deployment | undefined;
      if (manifest.kind === 'Deployment' && JSON.stringify(before?.spec) !== JSON.stringify(spec)) rolledOut.push(manifest.metadata.name);
      objects.set(id(manifest), { ...manifest, spec, status: statusOf(manifest) } as Manifest);
      return manifest;
    },
    read: async ({ kind }: { kind: string }, name: string) => objects.get(`${kind} ${name}`) ?? null,
    list: async () => ({ items: [], resourceVersion: '1' }),
    remove: async () => undefined, watch: async () => false,
  };
  /** Ids of the keys that the week's pods know. */
  const known = (week: string): string[] => {
    const deployment = objects.get(`Deployment ${nameOf(week)}`) as V1Deployment | undefined;
    const secret = objects.get(`Secret ${deployment?.spec?.template.spec?.volumes?.[1]?.secret?.secretName}`) as V1Secret | undefined;
    const { keys } = JSON.parse(Buffer.from(secret?.data?.['keys.json'] ?? '', 'base64').toString()) as { keys: StoredKey[] };
    return keys.map(({ keyId }) => keyId).sort();
  };
  return { cluster: cluster as unknown as Cluster, sick, rolledOut, known };
}

suite('keys of weeks, one of which is sick', () => {
  let world: ReturnType<typeof memoryCluster>;
  let keys: StoredKey[];
  let vault: Map<string, string>;
  let plugs: Pick<Plugs, 'keyStore' | 'keyVault' | 'releaseStore' | 'publisher'>;
  let opened = 200;
  const run = <T>(step: () => Promise<T>): Promise<T> => asyncLocalStorage.run({ info: { workflowExecution: { workflowId: 'w', runId: 'r' }, activityId: '1' }, heartbeat: () => undefined, cancellationSignal: undefined } as unknown as Context, step);
  const keyOf = (week: string, keyId: string): StoredKey => ({ property, week, slot: keyId, keyId, sha256: '0'.repeat(64), state: 'active', expiresAtMs: null });

  beforeEach(async () => {
    [world, vault, opened] = [memoryCluster(), new Map(), 200];
    keys = weeks.map((week, index) => keyOf(week, `k${index + 1}`));
    mock.method(globalThis, 'fetch', async () => new Response('{}', { status: opened }));
    const change = (keyId: string, different: Partial<StoredKey>) => void (keys = keys.map((key) => (key.keyId === keyId ? { ...key, ...different } : key)));
    const keyStore = {
      listKeys: async () => keys,
      createIfAbsent: async (key: StoredKey) => keys.find(({ slot }) => slot === key.slot) ?? (keys.push(key), key),
      expire: async (_property: string, _week: string, keyId: string, expiresAtMs: number) => change(keyId, { expiresAtMs }),
      revoke: async (_property: string, _week: string, keyId: string) => change(keyId, { state: 'revoked' }),
    };
    const keyVault = {
      read: async (name: string) => vault.get(name) ?? null,
      createIfAbsent: async (name: string, make: () => string) => vault.get(name) ?? (vault.set(name, make()), vault.get(name)!),
      replace: async (name: string, plain: string) => void vault.set(name, plain),
      forget: async (name: string) => void vault.delete(name),
    };
    const releaseStore = { listWeeks: async () => weeks.map((week) => ({ week, service: { state: 'live' } })), writeAudit: async () => undefined };
    const publisher = createKubernetesPublisher({ settings, cluster: world.cluster, releaseStore, keyStore, keyFor: async () => 'a key', patience: { waitMs: 50, pollMs: 10 }, now: Date.now, log: () => undefined } as never);
    plugs = { keyStore, keyVault, releaseStore, publisher } as never;
    for (const week of weeks) await publisher.stage({ property, week, revision: 1 }).catch((error: Error) => assert.match(error.message, /did not serve/));
    world.rolledOut.length = 0;
  });

  for (const [sick, changed] of [[first, second], [third, second], [third, first]] as const) {
    test(`a key of ${changed} is revoked while ${sick} does not come up: everybody else refuses it, and the sick one is named`, async () => {
      world.sick.add(nameOf(sick));
      const keyId = keys.find(({ week }) => week === changed)!.keyId;
      keys.push(keyOf(changed, 'leaked-too'));
      const revoking = revokeKeys(plugs)({ property, week: changed, keyIds: [keyId, 'leaked-too'], reason: 'leaked', by: 'ops' });
      // The first of them opens no other week than the second.
      const isConcerned = sick === third && changed === second;
      if (isConcerned) await assert.rejects(revoking, (error) => error instanceof Failure && error.code === 'rollout-failed' && !error.isFinal && error.message.startsWith('the keys of shop have not reached 2026-W48; every other week has them. 2026-W48: almanac-shop-2026-w48 did not come up'));
      else await revoking;
      for (const week of weeks.filter((each) => each !== sick || !isConcerned)) assert.ok(!world.known(week).includes(keyId), week);
      assert.deepEqual(keys.filter(({ state }) => state === 'revoked').map((key) => key.keyId), [keyId, 'leaked-too']);
      assert.equal(world.rolledOut[0], nameOf(changed));
      assert.equal(world.rolledOut.includes(nameOf(sick)), isConcerned, 'whose keys are the same is not touched');
    });
  }

  test('a new key is handed out when its own week takes it, whatever becomes of the others, and a retry brings it there', async () => {
    world.sick.add(nameOf(third));
    await assert.rejects(run(() => rotateKey(plugs)({ property, week: second })), /have not reached 2026-W48; every other/);
    const { keyId } = keys.find(({ slot }) => slot.startsWith('rotation/'))!;
    assert.ok(vault.get(vaultName(property, second))?.startsWith(`almanac_${keyId}_`));
    assert.ok(world.known(second).includes(keyId));
    world.sick.clear();
    assert.deepEqual(await run(() => rotateKey(plugs)({ property, week: second })), { keyId, replaced: ['k2'] });
    assert.ok(world.known(third).includes(keyId));
  });

  test('a week that does not take the new key keeps the old one, which does not end', async () => {
    opened = 401;
    await assert.rejects(run(() => rotateKey(plugs)({ property, week: second })), /did not take the new key/);
    assert.deepEqual([keys.find(({ keyId }) => keyId === 'k2')?.expiresAtMs, vault.get(vaultName(property, second))], [null, undefined]);
  });

  test('pods that may not be all there are brought to the keys that they should know already', async () => {
    world.sick.add(nameOf(third));
    await assert.rejects(plugs.publisher.stage({ property, week: third, revision: 1 }), /did not come up/);
    await assert.rejects(plugs.publisher.refreshKeys({ property, week: first }), /have not reached 2026-W48/);
  });
});
