import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../src/parts/free-ports.ts';
import { controlPlane, kubeconfigOf } from '../../src/parts/kubernetes-cluster.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { fakeNodeName, registerFakeNode } from './fake-node.ts';
import type { ClusterSettings } from './cluster-world.ts';
import type { Addresses } from './namespaces.ts';
import type { KubernetesPrograms } from './obtain.ts';

/** What `run.ts` has obtained and made. */
export interface RunSettings extends KubernetesPrograms, Addresses {
  /** Of everything that the run writes. */
  readonly folder: string;
  /** Of everything that pods run. */
  readonly cgroup: string;
}

/** One control plane for all trials of a run, which `test/run.ts` runs. `run.ts` has made the namespaces that this process is in. */
const settings = JSON.parse(process.env.ALMANAC_TEST_KUBERNETES ?? '{}') as RunSettings;
// A Service that is not programmed yet must never be answered by a stranger.
const outside = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
if (outside.length > 0) throw new Error(`the network has ${outside.join(', ')}: the cluster's tests run in one that has only lo (npm run test:containers)`);

const { folder, address, kubebox } = settings;
const objects = path.join(folder, 'cluster');
mkdirSync(objects);
const supervisor = createSupervisor({ home: folder, log: () => undefined });
const [etcd, apiServer, ...others] = controlPlane({ folder: objects, kubebox, etcd: settings.etcd, address, proxyNode: fakeNodeName, ports: await freePorts({ count: 7 }) });
await supervisor.start(etcd!);
await supervisor.start(apiServer!);
const admin = kubeconfigOf(objects, 'admin');
await registerFakeNode({ kubeconfig: admin, address });
await Promise.all(others.map((spec) => supervisor.start(spec)));

const cluster: ClusterSettings = { ...settings, cluster: objects };
const root = path.resolve(import.meta.dirname, '../..');
const tests = spawn(process.execPath, [path.join(root, 'test/run.ts'), ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: { ...process.env, ALMANAC_TEST_KUBERNETES: JSON.stringify(cluster) } });
const [code] = (await once(tests, 'exit')) as [number | null];
await supervisor.stopAll();
process.exit(code ?? 1);
