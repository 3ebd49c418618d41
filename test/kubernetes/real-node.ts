import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as k8s from '@kubernetes/client-node';
import { freePorts } from '../../src/parts/free-ports.ts';
import { kubeconfigOf, nodeName } from '../../src/parts/kubernetes-cluster.ts';
import { containerdSocket, kubernetesNode } from '../../src/parts/kubernetes-node.ts';
import { run } from '../../src/parts/run-command.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { clusterSettings, until } from './cluster-world.ts';
import { packPauseImage } from './pause-image.ts';

const pauseImage = 'almanac-pause:test';

/** A node with a real kubelet and containerd, which has the images of this file and reaches no registry. */
export async function startRealNode({ images }: { images: string }) {
  const settings = clusterSettings();
  const folder = mkdtempSync(path.join(tmpdir(), 'node-'));
  const supervisor = createSupervisor({ home: folder, log: () => undefined });
  const [containerd, kubelet] = kubernetesNode({ ...settings, folder, pods: '10.245.0.0/24', pauseImage, ports: await freePorts({ count: 2 }) });
  await supervisor.start(containerd!);
  const pause = await packPauseImage({ program: settings.pause, name: pauseImage, folder });
  for (const file of [pause, images]) await importImages(file, containerdSocket(folder));
  await supervisor.start(kubelet!);

  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfigOf(settings.cluster, 'admin'));
  const core = config.makeApiClient(k8s.CoreV1Api);
  await until('the node is ready', async () => {
    const { status } = await core.readNode({ name: nodeName }).catch(() => ({ status: undefined }));
    return status?.conditions?.some(({ type, status: held }) => type === 'Ready' && held === 'True') ?? false;
  }, 60_000);
  return {
    folder,
    /** Waits for the pods, which are the cluster's to end. */
    async stop(): Promise<void> {
      try {
        await until('the pods have ended', async () => (await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${nodeName}` })).items.length === 0, 60_000);
      } finally {
        await supervisor.stopAll();
        unmount(folder);
      }
      await core.deleteNode({ name: nodeName });
    },
  };
}

/** What a kubelet and a containerd leave mounted below their folder; else it could not be removed. */
function unmount(folder: string): void {
  const places = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '').filter((place) => place.startsWith(folder));
  for (const place of places.reverse()) spawnSync('umount', ['--lazy', place], { stdio: 'inherit' });
}

async function importImages(file: string, socket: string): Promise<void> {
  await run({ command: 'ctr', args: ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', file], timeoutMs: 10 * 60_000 });
}
