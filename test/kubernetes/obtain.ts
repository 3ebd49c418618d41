import path from 'node:path';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findGo, findProgram } from '../../src/parts/find-program.ts';
import { obtainCni } from '../../src/parts/obtain-cni.ts';
import { obtainDocker } from '../../src/parts/obtain-docker.ts';
import { obtainEtcd } from '../../src/parts/obtain-etcd.ts';
import { obtainKubebox } from '../../src/parts/obtain-kubebox.ts';
import { obtainKustomize } from '../../src/parts/obtain-kustomize.ts';
import { obtainPause } from '../../src/parts/obtain-pause.ts';
import { obtainVersitygw } from '../../src/parts/obtain-versitygw.ts';
import { kubernetes } from '../../src/parts/versions.ts';
import type { Report } from '../../src/parts/report.ts';

/** Where Debian puts what only root runs; not everybody's PATH has it. */
export const programPath = [process.env.PATH, '/usr/sbin', '/sbin'].join(path.delimiter);

export interface KubernetesPrograms {
  readonly kubebox: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly cni: string;
  readonly pause: string;
  readonly kustomize: string;
}

/** The programs of a Kubernetes of the tests' own; fails with what is missing. Minutes of building where the cache has none. */
export async function obtainKubernetes(report: Report): Promise<KubernetesPrograms> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('a Kubernetes of the tests\' own needs root on Linux: run npm run test:core without it');
  const cache = cacheFolder();
  await obtainDocker({ cache, report }); // Debian's brings iptables
  const missing = ['unshare', 'ip', 'iptables'].filter((name) => findProgram(name, { PATH: programPath }) === undefined);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not found: sudo apt-get install -y util-linux iproute2 iptables`);
  const go = await findGo(kubernetes.go);
  if (go === undefined) throw new Error(`Go ${kubernetes.go} or newer is not here: it builds Kubernetes from its modules (set ALMANAC_GO to it)`);
  const containerd = findProgram('containerd', { PATH: programPath });
  if (containerd === undefined) throw new Error('containerd not found: sudo apt-get install -y containerd');
  await obtainVersitygw({ cache, go, report }); // a network without a way out cannot fetch its modules
  const [etcd, cni] = [await obtainEtcd({ cache, report }), await obtainCni({ cache, report })];
  return { containerd, etcd, cni, kustomize: await obtainKustomize({ cache, go, report }), pause: await obtainPause({ cache, go, report }), kubebox: await obtainKubebox({ cache, go, report }) };
}
