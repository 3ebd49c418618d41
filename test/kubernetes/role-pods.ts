import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder } from '../../src/parts/cache.ts';
import type * as k8s from '@kubernetes/client-node';

const entry = path.resolve(import.meta.dirname, '../../docker/role.mjs');

export interface RolePod {
  /** True once its readiness probe is content; false when it ended before. */
  readonly isReady: Promise<boolean>;
  /** Exit code; null when it had to be killed. */
  readonly ended: Promise<number | null>;
  /** From now on it lives and does nothing. */
  hang(): void;
  /** As a kubelet does: SIGTERM, and SIGKILL after the pod's grace. */
  stop(): Promise<void>;
}

/** A container's role as a process of this machine: the image's entry with the words, the environment and the files of the pod. */
export function startRolePod(pod: k8s.V1Pod, { placeOf, address }: { placeOf: (mountPath: string) => string; address: string }): RolePod {
  const { args = [], env = [], volumeMounts = [], readinessProbe, ports = [] } = pod.spec?.containers[0] ?? {};
  const mounts = volumeMounts.map(({ mountPath }) => mountPath).sort((a, b) => b.length - a.length);
  const here = (value: string): string => {
    const mount = mounts.find((each) => value === each || value.startsWith(`${each}/`));
    return mount === undefined ? value.replace('0.0.0.0', address) : placeOf(mount) + value.slice(mount.length);
  };
  const said = env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, here(value)]]));
  // Bundled sequences are the machine's, so that each worker need not bundle them again.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...args], { env: { PATH: process.env.PATH, ...Object.fromEntries(said), ALMANAC_CACHE: cacheFolder() }, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => { complaint = (complaint + chunk.toString()).slice(-2000); });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) process.stderr.write(`${pod.metadata?.name} ended with ${code}: ${complaint}\n`);
    return code as number | null;
  });
  let isOver = false;
  void ended.then(() => { isOver = true; });

  async function untilReady(): Promise<boolean> {
    while (!isOver) {
      if (await isContent(readinessProbe, ports, address)) return true;
      await sleep(200);
    }
    return false;
  }

  return {
    isReady: untilReady(),
    ended,
    hang: () => void child.kill('SIGSTOP'),
    async stop() {
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000);
      await ended;
      clearTimeout(killing);
    },
  };
}

async function isContent(probe: k8s.V1Probe | undefined, ports: readonly k8s.V1ContainerPort[], address: string): Promise<boolean> {
  const asked = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
  const port = ports.find(({ name }) => name === asked)?.containerPort ?? Number(asked);
  if (probe?.httpGet) return fetch(`http://${address}:${port}${probe.httpGet.path}`, { signal: AbortSignal.timeout(3000) }).then(({ ok }) => ok, () => false);
  if (!probe?.tcpSocket) return true;
  const socket = connect({ host: address, port });
  return new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false))).finally(() => socket.destroy()) as Promise<boolean>;
}
