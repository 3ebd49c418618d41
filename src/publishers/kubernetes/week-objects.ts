import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { selectorOf, type Kind, type Manifest } from '../../kubernetes/manifest.ts';
import { kinds, onlyStored, typeOf } from './manifests/manifest.ts';
import { servicePort } from './manifests/routes.ts';
import { currentManifests, weekManifests } from './manifests/week.ts';
import { currentLabels, weekLabels, weekName, type WeekOf } from './names.ts';
import { rollOut } from './roll-out.ts';
import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import type { Week } from '../../domain/calendar/week.ts';
import type { Cluster } from '../../kubernetes/cluster.ts';
import type { StoredKey } from '../../ports/key-store.ts';
import type { PublishCall } from '../../ports/publisher.ts';
import type { KubernetesSettings } from './settings.ts';

export interface ObjectsOptions {
  readonly settings: KubernetesSettings;
  readonly cluster: Cluster;
  readonly log: (sentence: string) => void;
}

/** Beyond what Kubernetes itself waits for pods, so that its own verdict comes first. */
const verdictMs = 15_000;
const goneWithinMs = 90_000;
const pollMs = 500;

/** Applies everything of a week, tried without effect first, and returns when its pods are available; gives the Service's address. */
export async function applyWeek({ settings, cluster, log }: ObjectsOptions, week: WeekOf, keys: readonly StoredKey[], call?: PublishCall): Promise<string> {
  const isServed = await servedKinds(cluster);
  const manifests = await trial(cluster, weekManifests(settings, week, keys, isServed), isServed, log);
  const stored = onlyStored(manifests);
  if (stored !== null) log(stored);
  for (const manifest of manifests) {
    call?.onBeat?.(`applying ${manifest.kind} ${manifest.metadata.name}`);
    if (manifest.kind === 'Deployment') await rollOut(manifest, { cluster, patienceMs: settings.rolloutSeconds * 1000 + verdictMs, call });
    else await cluster.apply(manifest, { isDryRun: false });
  }
  await removeUnwanted(cluster, week, manifests, isServed);
  const url = await serviceUrl(cluster, week);
  if (url === null) throw new Failure('rollout-failed', `Service ${weekName(week)} has no address in the cluster. It is tried again`, { isFinal: false });
  return url;
}

/** The property's stable address goes to the pods of `current`; without a week that is live there is none. */
export async function applyCurrent({ settings, cluster, log }: ObjectsOptions, property: string, current: Week | null): Promise<void> {
  if (current === null) return removeLabelled(cluster, currentLabels(property));
  const manifests = await trial(cluster, currentManifests(settings, property, current), await servedKinds(cluster), log);
  for (const manifest of manifests) await cluster.apply(manifest, { isDryRun: false });
}

/** Routes first, then pods, and when the last one has ended what they mounted. */
export function removeWeek(cluster: Cluster, week: WeekOf, call?: PublishCall): Promise<void> {
  return removeLabelled(cluster, weekLabels(week), call);
}

/** Where the week answers inside the cluster; null while nothing is there or no pod of it is available. */
export async function urlOfWeek(cluster: Cluster, week: WeekOf): Promise<string | null> {
  const live = await cluster.read<V1Deployment>(typeOf('Deployment'), weekName(week));
  return (live?.status?.availableReplicas ?? 0) > 0 ? serviceUrl(cluster, week) : null;
}

async function serviceUrl(cluster: Cluster, week: WeekOf): Promise<string | null> {
  const ip = (await cluster.read<V1Service>(typeOf('Service'), weekName(week)))?.spec?.clusterIP;
  if (ip === undefined || ip === 'None' || ip === '') return null;
  return `http://${ip.includes(':') ? `[${ip}]` : ip}:${servicePort}/${encodeURIComponent(week.property)}/${week.week}`;
}

async function servedKinds(cluster: Cluster): Promise<(kind: string) => boolean> {
  const served = new Set<string>();
  for (const kind of kinds) if (!kind.isOptional || (await cluster.serves(kind))) served.add(kind.kind);
  return (kind) => served.has(kind);
}

/** What the cluster has a kind for, each tried without effect: what it refuses is found before anything is changed. */
async function trial(cluster: Cluster, manifests: readonly Manifest[], isServed: (kind: string) => boolean, log: (sentence: string) => void): Promise<Manifest[]> {
  for (const { kind, apiVersion, metadata } of manifests) if (!isServed(kind)) log(`this cluster does not serve ${kind} (${apiVersion}): ${metadata.name} does without it`);
  const applied = manifests.filter(({ kind }) => isServed(kind));
  for (const manifest of applied) await cluster.apply(manifest, { isDryRun: true });
  return applied;
}

/** What the week had and has no more: settings and keys that no pod mounts, a route or an autoscaler that is no longer configured. */
async function removeUnwanted(cluster: Cluster, week: WeekOf, manifests: readonly Manifest[], isServed: (kind: string) => boolean): Promise<void> {
  const wanted = new Set(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  for (const kind of kinds.filter((each) => each.kind !== 'ServiceAccount' && isServed(each.kind))) {
    const { items } = await cluster.list(kind, selectorOf(weekLabels(week)));
    for (const { metadata } of items) if (!wanted.has(`${kind.kind} ${metadata.name}`)) await cluster.remove(kind, metadata.name);
  }
}

async function removeLabelled(cluster: Cluster, labels: Readonly<Record<string, string>>, call?: PublishCall): Promise<void> {
  const isServed = await servedKinds(cluster);
  const removable: readonly Kind[] = kinds.filter(({ kind }) => kind !== 'ServiceAccount' && isServed(kind));
  for (const kind of removable.toReversed()) {
    const { items } = await cluster.list(kind, selectorOf(labels));
    for (const { metadata } of items) await cluster.remove(kind, metadata.name);
    if (kind.kind === 'Deployment') await untilEnded(cluster, selectorOf(labels), call);
  }
}

async function untilEnded(cluster: Cluster, selector: string, call?: PublishCall): Promise<void> {
  const deadline = Date.now() + goneWithinMs;
  for (;;) {
    const [pods, deployments] = [await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, selector), await cluster.list(typeOf('Deployment'), selector)];
    const [left] = [...pods.items, ...deployments.items];
    if (left === undefined) return;
    if (Date.now() > deadline) throw new Failure('rollout-failed', `${left.metadata.name} has not ended within ${goneWithinMs / 1000} s of being deleted. It is tried again`, { isFinal: false });
    call?.onBeat?.(`until ${left.metadata.name} has ended`);
    await sleep(pollMs, undefined, { signal: call?.signal });
  }
}
