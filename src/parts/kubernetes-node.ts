import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { kubeconfigOf, nodeName } from './kubernetes-cluster.ts';
import type { ProcessSpec } from './process-spec.ts';

export interface NodeOptions {
  /** Of images, containers and logs; short, because the path of a socket is. */
  readonly folder: string;
  /** That of the control plane. */
  readonly cluster: string;
  /** The programs, as obtained. */
  readonly kubebox: string;
  readonly containerd: string;
  readonly cni: string;
  /** Of this machine. */
  readonly address: string;
  /** A /24 that nothing else has: pods get their addresses in it. */
  readonly pods: string;
  /** Control group of everything that pods run; made here, and removed by whoever ends it all. */
  readonly cgroup: string;
  /** Image of every pod's sandbox; it is never pulled. */
  readonly pauseImage: string;
  /** The kubelet's two. */
  readonly ports: readonly number[];
}

export function containerdSocket(folder: string): string {
  return path.join(folder, 'containerd.sock');
}

/**
 * A node in the order of starting: a containerd of its own and the kubelet of `nodeName`, whose pods meet on a bridge that leads
 * nowhere else. They need root, and namespaces for network, mounts and processes that end with them: what they mount, and what
 * the kubelet writes where its paths are fixed (/run, /var/lib/kubelet, /var/log), stays there.
 */
export function kubernetesNode(options: NodeOptions): ProcessSpec[] {
  const { folder, cluster, kubebox, containerd, address, cgroup, ports: [, health] } = options;
  const at = (name: string): string => path.join(folder, name);
  const env = { PATH: `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin${path.delimiter}/sbin` };
  return [
    {
      name: 'containerd', command: containerd, args: ['--config', at('containerd.toml'), '--log-level', 'warn'], env, restart: 'never',
      prepare: async () => {
        mkdirSync(at('cni'), { recursive: true });
        writeFileSync(at('cni/10-pods.conflist'), JSON.stringify(networkOf(options)));
        writeFileSync(at('containerd.toml'), containerdSettings(options));
      },
      ready: () => connects(containerdSocket(folder)),
    },
    {
      name: 'kubelet', command: kubebox, env, restart: 'never', readyTimeoutMs: 120_000,
      args: ['kubelet', '--config', at('kubelet.json'), '--kubeconfig', kubeconfigOf(cluster, 'node'), '--hostname-override', nodeName, '--node-ip', address, '--root-dir', at('kubelet'), '--cert-dir', at('certificates')],
      prepare: async () => {
        makeCgroup(cgroup);
        writeFileSync(at('kubelet.json'), JSON.stringify(kubeletSettings(options)));
      },
      ready: async () => {
        if (!(await fetch(`http://127.0.0.1:${health}/healthz`, { signal: AbortSignal.timeout(2000) })).ok) throw new Error('it is not healthy');
      },
    },
  ];
}

function networkOf({ folder, pods }: NodeOptions): object {
  const ipam = { type: 'host-local', dataDir: path.join(folder, 'addresses'), ranges: [[{ subnet: pods }]], routes: [{ dst: '0.0.0.0/0' }] };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'bridge', bridge: 'pods0', isGateway: true, ipMasq: false, hairpinMode: true, ipam }] };
}

function containerdSettings({ folder, cni, pauseImage }: NodeOptions): string {
  const text = (name: string): string => JSON.stringify(path.join(folder, name));
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = ${text('images')}
state = ${text('state')}
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = ${JSON.stringify(containerdSocket(folder))}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text('opt')}
[${cri}]
  sandbox_image = ${JSON.stringify(pauseImage)}
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [${cri}.cni]
    bin_dir = ${JSON.stringify(cni)}
    conf_dir = ${text('cni')}
  [${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [${cri}.containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

function kubeletSettings({ folder, cgroup, ports: [port, healthzPort] }: NodeOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', port, healthzPort, readOnlyPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true } }, authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs', cgroupsPerQOS: true, cgroupRoot: `/${cgroup}`, failSwapOn: false, failCgroupV1: false, oomScoreAdj: 0,
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`, podLogsDir: path.join(folder, 'logs'), volumePluginDir: path.join(folder, 'plugins'),
    // Nobody answers there: pods name each other by address. Without it every pod would be warned of.
    clusterDNS: ['192.0.2.53'], resolvConf: '', makeIPTablesUtilChains: false,
    // The machine is not this node's: nothing is thrown away or moved because it is full.
    imageMinimumGCAge: '24h', imageGCHighThresholdPercent: 100, evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'nodefs.inodesFree': '1%', 'imagefs.available': '1%' },
    nodeStatusUpdateFrequency: '1s',
  };
}

/** The kubelet makes the groups of pods, not the one that they are in. */
function makeCgroup(name: string): void {
  const root = '/sys/fs/cgroup';
  const isUnified = existsSync(path.join(root, 'cgroup.controllers'));
  const hierarchies = isUnified ? [root] : globSync('*/cgroup.procs', { cwd: root }).map((file) => path.join(root, path.dirname(file)));
  for (const hierarchy of hierarchies) mkdirSync(path.join(hierarchy, name), { recursive: true });
}

function connects(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve();
    }).on('error', reject);
  });
}
