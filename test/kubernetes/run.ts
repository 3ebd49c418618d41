import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { serviceRange } from '../../src/parts/kubernetes-cluster.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { obtainKubernetes, programPath } from './obtain.ts';

/**
 * Trials on a real Kubernetes: everything is obtained first, then `test/run.ts` runs them, with Cassandra and the whole
 * cluster, in a network namespace that has nothing but loopback and ends with the last process. Needs root. Files may be
 * named as arguments.
 */
const root = resolve(import.meta.dirname, '../..');
const [address, podNetwork] = ['192.0.2.10', '10.244.0.0/24'];

const report = createReportPrinter(process.stdout);
const programs = await obtainKubernetes(report);
await obtainParts({ report });

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync('test/kubernetes/*.trial.ts', { cwd: root }).sort();
// Addresses of pods and Services are this machine's own, so that only what is programmed answers.
const network = ['ip link set lo up', `ip address add ${address}/32 dev lo`, `ip route add local ${podNetwork} dev lo`, `ip route add ${serviceRange} dev lo src ${address}`].join(' && ');
const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', `${network} && exec "$@"`, 'sh', process.execPath, resolve(root, 'test/run.ts'), ...files], {
  cwd: root, stdio: 'inherit',
  env: { ...process.env, PATH: programPath, ALMANAC_TEST_KUBERNETES: JSON.stringify({ ...programs, address, podNetwork }) },
});
process.exit(status ?? 1);
