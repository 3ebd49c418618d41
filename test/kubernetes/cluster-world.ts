import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { freePorts } from '../../src/parts/free-ports.ts';
import { controlPlane, kubeconfig, kubeconfigOf } from '../../src/parts/kubernetes-cluster.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { startFakeNode } from './fake-node.ts';

export const namespace = 'almanac';
const root = path.resolve(import.meta.dirname, '../..');

/** A control plane of the test's own in this process's network namespace, which `test/kubernetes/run.ts` has made; and what an administrator applies. */
export async function clusterWorld() {
  const parts = partsOf(process.env.ALMANAC_TEST_KUBERNETES);
  const folder = await mkdtemp(path.join(tmpdir(), 'kubernetes-'));
  const supervisor = createSupervisor({ home: folder, log: () => undefined });
  const ports = await freePorts({ count: 7 });
  const objects = path.join(folder, 'cluster');
  mkdirSync(objects);
  const [etcd, apiServer, ...others] = controlPlane({ folder: objects, ...parts, ports });
  await supervisor.start(etcd!);
  await supervisor.start(apiServer!);
  const admin = kubeconfigOf(objects, 'admin');
  const config = new k8s.KubeConfig();
  config.loadFromFile(admin);
  const api = k8s.KubernetesObjectApi.makeApiClient(config);
  const [, node] = await Promise.all([Promise.all(others.map((spec) => supervisor.start(spec))), startFakeNode({ kubeconfig: admin, folder: path.join(folder, 'pods'), podNetwork: parts.podNetwork, certificates: path.join(objects, 'certificates') })]);

  const core = config.makeApiClient(k8s.CoreV1Api);
  /** What an administrator applies for one plug, and a kubeconfig of the account that it makes. */
  async function admitted(plug: 'publisher' | 'runner'): Promise<string> {
    for (const object of k8s.loadAllYaml(readFileSync(path.join(root, `k8s/${plug}.yaml`), 'utf8')) as k8s.KubernetesObject[]) {
      await api.patch(object, undefined, undefined, 'administrator', true, k8s.PatchStrategy.ServerSideApply);
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
    kustomize: parts.kustomize,
    async dispose(): Promise<void> {
      await node.stop();
      await supervisor.stopAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type ClusterWorld = Awaited<ReturnType<typeof clusterWorld>>;

interface Parts {
  readonly kubebox: string;
  readonly etcd: string;
  readonly kustomize: string;
  readonly address: string;
  readonly podNetwork: string;
}

/** Refuses a network that leads anywhere: a Service that is not programmed yet must never be answered by a stranger. */
function partsOf(text: string | undefined): Parts {
  if (text === undefined) throw new Error('ALMANAC_TEST_KUBERNETES is not set: these tests run as root with npm run test:containers, which obtains Kubernetes and makes a network without a way out');
  const outside = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (outside.length > 0) throw new Error(`the network has ${outside.join(', ')}: the cluster's tests run in one that has only lo (npm run test:containers)`);
  return JSON.parse(text) as Parts;
}

/** Tries until it holds. */
export async function until(what: string, attempt: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; !(await attempt()); await sleep(100)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
  }
}
