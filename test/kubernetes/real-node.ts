import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as k8s from '@kubernetes/client-node';
import { toldBy } from '../../src/parts/build-image.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { kubeconfigOf, nodeName } from '../../src/parts/kubernetes-cluster.ts';
import { containerdSocket, kubernetesNode } from '../../src/parts/kubernetes-node.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { clusterSettings, until } from './cluster-world.ts';
import type { TestEngine } from '../containers/engine.ts';

const pauseImage = 'almanac-pause:test';

/** A node with a real kubelet and containerd, which has these images of an engine and reaches no registry. */
export async function startRealNode({ engine, images }: { engine: TestEngine; images: readonly string[] }) {
  const settings = clusterSettings();
  const folder = mkdtempSync(path.join(tmpdir(), 'node-'));
  const supervisor = createSupervisor({ home: folder, log: () => undefined });
  await importPauseImage(engine, settings.pause);
  const [containerd, kubelet] = kubernetesNode({ ...settings, folder, pods: '10.245.0.0/24', pauseImage, ports: await freePorts({ count: 2 }) });
  await supervisor.start(containerd!);
  for (const image of [pauseImage, ...images]) await moveImage(engine, image, containerdSocket(folder));
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

async function importPauseImage({ docker }: TestEngine, program: string): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'pause-'));
  mkdirSync(path.join(root, 'image'));
  copyFileSync(program, path.join(root, 'image/pause'));
  const tar = spawn('tar', ['-C', path.join(root, 'image'), '--owner=0', '--group=0', '-c', 'pause'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [repo, tag] = pauseImage.split(':') as [string, string];
  await toldBy(docker, await docker.importImage(tar.stdout, { repo, tag, changes: 'ENTRYPOINT ["/pause"]' }));
  rmSync(root, { recursive: true });
}

/** As `docker save` and `ctr images import` would; nothing of it is written in between. */
async function moveImage({ docker }: TestEngine, image: string, socket: string): Promise<void> {
  const importing = spawn('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(importing, 'close') as Promise<[number | null]>;
  await pipeline(await docker.getImage(image).get(), importing.stdin);
  const [code] = await ended;
  if (code !== 0) throw new Error(`ctr could not import ${image}: it ended with ${code}`);
}
