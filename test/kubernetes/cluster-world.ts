import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { kubeconfig, kubeconfigOf } from '../../src/parts/kubernetes-cluster.ts';
import { uniqueName } from '../world.ts';
import { fakeNodeName, startFakeNode } from './fake-node.ts';
import { withoutHttpRoutes } from './http-routes.ts';
import type { RunSettings } from './inside.ts';

/** The cluster of the run, which `inside.ts` has started. */
export interface ClusterSettings extends RunSettings {
  /** Folder of the control plane. */
  readonly cluster: string;
}

/** This file's own. */
export const namespace = `almanac-${uniqueName()}`;
const root = path.resolve(import.meta.dirname, '../..');

/** The cluster of the run with a namespace of this file's own in it, as an administrator prepares it; its pods go to `node`. */
export async function clusterWorld({ node: nodeName = fakeNodeName }: { node?: string } = {}) {
  const { cluster: objects, address, fakePods, kustomize } = clusterSettings();
  const folder = await mkdtemp(path.join(tmpdir(), 'cluster-'));
  const admin = kubeconfigOf(objects, 'admin');
  const config = new k8s.KubeConfig();
  config.loadFromFile(admin);
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const node = await startFakeNode({ kubeconfig: admin, folder: path.join(folder, 'pods'), podNetwork: fakePods, address, certificates: path.join(objects, 'certificates') });

  /** What an administrator applies for one plug, and a kubeconfig of the account that it makes. */
  async function admitted(plug: 'publisher' | 'runner'): Promise<string> {
    for (const object of k8s.loadAllYaml(readFileSync(path.join(root, `k8s/${plug}.yaml`), 'utf8')) as k8s.KubernetesObject[]) {
      await api.patch(moved(object, nodeName), undefined, undefined, 'administrator', true, k8s.PatchStrategy.ServerSideApply);
    }
    const { status } = await core.createNamespacedServiceAccountToken({ name: `almanac-${plug}`, namespace, body: { spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 7200 } } as k8s.AuthenticationV1TokenRequest });
    const file = path.join(folder, `${plug}.kubeconfig`);
    writeFileSync(file, kubeconfig({ server: config.getCurrentCluster()?.server ?? '', certificate: path.join(objects, 'certificates/apiserver.crt'), token: status?.token ?? '' }), { mode: 0o600 });
    return file;
  }
  const publisher = await admitted('publisher');
  const runner = await admitted('runner');

  return {
    folder, objects, config, api, core, apps: config.makeApiClient(k8s.AppsV1Api), batch: config.makeApiClient(k8s.BatchV1Api), rbac: config.makeApiClient(k8s.RbacAuthorizationV1Api),
    /** Of an administrator, and of the accounts that k8s/publisher.yaml and k8s/runner.yaml make. */
    kubeconfigs: { admin, publisher, runner },
    breakLogs: node.breakLogs,
    exitCodes: node.exitCodes,
    hang: node.hang,
    kustomize,
    /** What is in the namespace goes with it; nobody waits for that. */
    async dispose(): Promise<void> {
      await core.deleteNamespace({ name: namespace });
      await withoutHttpRoutes(api);
      await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type ClusterWorld = Awaited<ReturnType<typeof clusterWorld>>;

export function clusterSettings(): ClusterSettings {
  const text = process.env.ALMANAC_TEST_KUBERNETES;
  if (text === undefined) throw new Error('ALMANAC_TEST_KUBERNETES is not set: these tests run as root with npm run test:containers, which obtains Kubernetes and makes a network without a way out');
  return JSON.parse(text) as ClusterSettings;
}

/** The same in this file's namespace, whose pods go to one node. */
export function moved(object: k8s.KubernetesObject, node = fakeNodeName): k8s.KubernetesObject {
  if (object.kind === 'Namespace') return { ...object, metadata: { ...object.metadata, name: namespace, annotations: { 'scheduler.alpha.kubernetes.io/node-selector': `kubernetes.io/hostname=${node}` } } };
  return JSON.parse(JSON.stringify(object).replaceAll('"namespace":"almanac"', `"namespace":"${namespace}"`)) as k8s.KubernetesObject;
}

/** Tries until it holds. */
export async function until(what: string, attempt: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await attempt()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
  }
}

/** How often a Deployment's pods were rolled out, as its controller counts: a note on the Deployment itself is another generation and no rollout. */
export function rolloutsOf(metadata: { readonly annotations?: Readonly<Record<string, string>> } | undefined): number {
  return Number(metadata?.annotations?.['deployment.kubernetes.io/revision']);
}
