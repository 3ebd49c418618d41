import { serviceRange } from '../../src/parts/kubernetes-cluster.ts';

/** Of what is in the network of a run. */
export interface Addresses {
  /** This machine's. */
  readonly address: string;
  readonly fakePods: string;
}

/** `unshare`'s arguments: with its network, mounts and processes a run ends without a trace. */
export const unshared = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** What the kubelet sets for its machine. It finds them set, and the machine keeps its own. */
const kernelSettings = { 'vm/overcommit_memory': 1, 'vm/panic_on_oom': 0, 'kernel/panic': 10, 'kernel/panic_on_oops': 1, 'kernel/keys/root_maxkeys': 1_000_000, 'kernel/keys/root_maxbytes': 25_000_000 };

/** Where the run's folder is seen inside: paths of sockets have 107 letters. */
export const insideFolder = '/run/trials';

/** Shell commands that prepare the namespaces of a run whose folder is the shell's own. */
export function preparing({ address, fakePods }: Addresses): string {
  return [
    // Addresses of Services and of pods that this machine plays are its own, so that only what is programmed answers.
    'ip link set lo up', `ip address add ${address}/32 dev lo`, `ip route add local ${fakePods} dev lo`, `ip route add ${serviceRange} dev lo src ${address}`,
    // Where the kubelet and containerd write whatever they are told.
    'mount -t tmpfs tmpfs /run', 'mount -t tmpfs tmpfs /var/log',
    `mkdir ${insideFolder} && mount --bind . ${insideFolder}`, 'mkdir -p /run/almanac/upper /run/almanac/work', 'mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/almanac/upper,workdir=/run/almanac/work /var/lib',
    ...Object.entries(kernelSettings).flatMap(([name, value]) => {
      const file = `/run/almanac/${name.replaceAll('/', '-')}`;
      return [`echo ${value} > ${file}`, `mount --bind ${file} /proc/sys/${name}`];
    }),
  ].join(' && ');
}
