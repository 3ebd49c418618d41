import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { removeCgroup } from './cgroups.ts';
import type { ProcessSpec } from './process-spec.ts';

export interface DockerEngineOptions {
  /** Of everything it keeps; short, because the path of a socket is. */
  readonly folder: string;
  /** The program, as obtained. */
  readonly dockerd: string;
  /**
   * `own`: no network but loopback, containers have network `none`. `here`: that of this process, which must be one without a way
   * out; containers have networks, and ports of theirs are published here by Docker's own proxy, without a rule of the firewall.
   */
  readonly network: 'own' | 'here';
  /** Whom containers ask for names that are not theirs; this machine's unless said. */
  readonly nameserver?: string;
}

export function dockerSocket(folder: string): string {
  return path.join(folder, 'docker.sock');
}

/**
 * A Docker engine of one's own, in a namespace of its own for mounts, so that what it mounts goes with it. Needs root.
 */
export function dockerEngineProcess({ folder, dockerd, network, nameserver }: DockerEngineOptions): ProcessSpec {
  const [namespaces, networking] = network === 'own' ? [['--net', '--mount'], ['--bridge', 'none', '--userland-proxy=false']] : [['--mount'], ['--bip', '172.30.255.1/24']];
  return {
    name: 'dockerd',
    command: 'unshare',
    // No --fork: unshare becomes dockerd, so a signal reaches it.
    args: [
      ...namespaces, '--', dockerd, '--host', `unix://${dockerSocket(folder)}`,
      '--data-root', path.join(folder, 'root'), '--exec-root', path.join(folder, 'exec'), '--pidfile', path.join(folder, 'docker.pid'), '--config-file', path.join(folder, 'settings.json'),
      ...networking, ...(nameserver === undefined ? [] : ['--dns', nameserver]), '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false',
      '--cgroup-parent', `/${cgroupOf(folder)}`, '--log-level', 'warn', '--shutdown-timeout', '5',
    ],
    env: { PATH: `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin${path.delimiter}/sbin` },
    prepare: async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'settings.json'), '{}'); // else the machine's own would count
      // After kill -9 of the daemon: their numbers may be somebody else's now.
      for (const stale of ['docker.pid', 'exec/containerd/containerd.pid']) rmSync(path.join(folder, stale), { force: true });
    },
    ready: () => ping(dockerSocket(folder)),
    stopTimeoutMs: 30_000,
  };
}

/** The empty control groups that an engine leaves, those of containers that it did not live to remove among them. */
export function removeCgroups(folder: string): void {
  removeCgroup(cgroupOf(folder));
}

function cgroupOf(folder: string): string {
  return `almanac-${path.basename(folder)}`;
}

function ping(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: '/_ping', timeout: 2000 }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`it answered ${answer.statusCode}`));
    });
    asking.on('timeout', () => asking.destroy(new Error('it does not answer'))).on('error', reject).end();
  });
}
