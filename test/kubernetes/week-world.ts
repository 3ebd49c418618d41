import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vaultName } from '../../src/domain/release/api-key.ts';
import { nodeName } from '../../src/parts/kubernetes-cluster.ts';
import { IMAGES, savedImages } from '../containers/images.ts';
import { quietly } from '../faults/little-shop.ts';
import { get } from '../http/endpoint-world.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack } from '../stack.ts';
import { clusterWorld, namespace, rolloutsOf } from './cluster-world.ts';
import { faultyRelay } from './faulty-relay.ts';
import { startRealNode } from './real-node.ts';
import type { WeekStatus } from '../../src/client.ts';

const [image] = IMAGES;

export type WeekWorld = Awaited<ReturnType<typeof weekWorld>>;

/** A worker that publishes on a real node, through a relay to the API server; a property whose days are loaded; and who asks its weeks. */
export async function weekWorld() {
  const cluster = await clusterWorld({ node: nodeName });
  const relay = await faultyRelay({ kubeconfig: cluster.kubeconfigs.publisher, file: path.join(cluster.folder, 'relay.kubeconfig') });
  const days = path.join(cluster.folder, 'days');
  writeSmallShop(days);
  const [node, stack] = await Promise.all([savedImages().then((images) => startRealNode({ images })), stackOn(relay.kubeconfig, days)]);
  const property = stack.named('small');

  const nameOf = (week: string) => `almanac-${property}-${week.toLowerCase()}`;
  const selectorOf = (week: string) => `almanac/property=${property},almanac/week=${week.toLowerCase()}`;
  const serviceOf = async (name: string) => `http://${(await cluster.core.readNamespacedService({ name, namespace })).spec?.clusterIP}`;
  const urlOf = async (week: string) => `${await serviceOf(nameOf(week))}/${property}/${week}`;
  const keyOf = async (week: string) => (await stack.stores.keyVault.read(vaultName(property, week))) ?? '';

  return {
    cluster, relay, stack, property, image, nameOf, selectorOf, serviceOf, keyOf,
    /** What people are told. */
    addressOf: (week: string) => `http://${nameOf(week)}.${namespace}.svc/${property}/${week}`,
    ask: async (week: string, key: string, what = 'model') => get(`${await urlOf(week)}/v1/${what}`, { authorization: `Bearer ${key}` }),
    podsOf: async (week: string) => (await cluster.core.listNamespacedPod({ namespace, labelSelector: selectorOf(week) })).items,
    /** Each Deployment there is, how often it was changed and how many pods it has. */
    /** Each with how often its pods were rolled out, and how many there are. */
    deployments: async () => (await cluster.apps.listNamespacedDeployment({ namespace })).items.map(({ metadata, status }) => [metadata?.name, rolloutsOf(metadata), status?.replicas]),
    /** Runs the week until something is decided. */
    decided: (week: string): Promise<WeekStatus> => eventually(async () => {
      const status = await quietly(() => stack.almanac.weeks.status(property, week)); // no worker, no answer
      return status && ['serving', 'failed'].includes(status.phase) && status;
    }, 240_000, `a decision on ${week}`),
    /** Asks a week's Service again and again, each time over a new connection; the end tells which statuses there were. */
    keepAsking(week: string): () => Promise<number[]> {
      const statuses = new Set<number>();
      const ending = new AbortController();
      const asking = (async () => {
        const [url, key] = [await urlOf(week), await keyOf(week)];
        while (!ending.signal.aborted) {
          statuses.add(await get(`${url}/v1/model`, { authorization: `Bearer ${key}` }).then(({ status }) => status, () => 0));
          await sleep(50);
        }
      })();
      return async () => {
        ending.abort();
        await asking;
        return [...statuses];
      };
    },
    async dispose(): Promise<void> {
      await stack.stop();
      await relay.dispose();
      await cluster.dispose();
      await node.stop();
    },
  };
}

async function stackOn(kubeconfig: string, days: string) {
  const publisher = { kind: 'kubernetes', namespace, image, imagePullPolicy: 'Never', kubeconfig };
  const stack = await startTestStack({ properties: { small: smallShopProperty(days) }, configuration: { publisher } });
  const backfill = await stack.almanac.backfills.start({ property: stack.named('small'), from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
  assert.deepEqual((await backfill.result()).failed, []);
  return stack;
}
