import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeCgroup } from '../../src/parts/cgroups.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { insideFolder, preparing, unshared } from './namespaces.ts';
import { obtainKubernetes, programPath } from './obtain.ts';
import type { RunSettings } from './inside.ts';

/**
 * Trials on a real Kubernetes: everything is obtained first, then `inside.ts` runs them, with Cassandra and the whole cluster,
 * in namespaces of their own. The network has nothing but loopback, and nothing is left: mounts and processes end with the last
 * trial, the folder and the control group are removed here. Needs root. Files may be named as arguments.
 */
const root = path.resolve(import.meta.dirname, '../..');
const [address, fakePods] = ['192.0.2.10', '10.244.0.0/24'];

const report = createReportPrinter(process.stdout);
const programs = await obtainKubernetes(report);
await obtainParts({ report });

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync('test/kubernetes/*.trial.ts', { cwd: root }).sort();
const folder = mkdtempSync(path.join(tmpdir(), 'kubernetes-'));
const cgroup = `almanac-${path.basename(folder)}`;
const settings: RunSettings = { ...programs, folder: insideFolder, cgroup, address, fakePods };
// The shell stays: somebody must be there whom orphans of the namespace fall to.
const child = spawn('unshare', [...unshared, '--', 'sh', '-c', `${preparing({ address, fakePods })} && "$@"; exit $?`, 'sh', process.execPath, path.join(import.meta.dirname, 'inside.ts'), ...files], {
  cwd: folder, stdio: 'inherit',
  env: { ...process.env, PATH: programPath, TMPDIR: insideFolder, ALMANAC_TEST_ADDRESS: address, ALMANAC_TEST_KUBERNETES: JSON.stringify(settings) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGKILL'));
const [code] = (await once(child, 'exit')) as [number | null];
removeCgroup(cgroup);
rmSync(folder, { recursive: true, force: true });
process.exit(code ?? 1);
