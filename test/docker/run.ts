import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findGo, findProgram } from '../../src/parts/find-program.ts';
import { obtainBusybox } from '../../src/parts/obtain-busybox.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { obtainCompose } from '../../src/parts/obtain-compose.ts';
import { obtainDocker } from '../../src/parts/obtain-docker.ts';
import { obtainVersitygw } from '../../src/parts/obtain-versitygw.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { versitygw } from '../../src/parts/versions.ts';
import type { DockerParts } from './world.ts';

/**
 * Trials on a real Docker engine whose containers have networks: everything is obtained first, then `test/run.ts` runs them, with
 * Cassandra, Temporal and the engine, in a network namespace that has no way out and ends with the last process. Needs root.
 */
const root = resolve(import.meta.dirname, '../..');
const address = '192.0.2.10';
const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
const report = createReportPrinter(process.stdout);
const cache = cacheFolder();
await obtainDocker({ cache, report }); // Debian's brings iptables
const missing = ['unshare', 'ip', 'iptables'].filter((name) => findProgram(name, { PATH: path }) === undefined);
if (missing.length > 0) throw new Error(`${missing.join(', ')} not found: sudo apt-get install -y util-linux iproute2 iptables`);
const go = await findGo(versitygw.go);
if (go === undefined) throw new Error(`Go ${versitygw.go} or newer is not here: it builds an S3 server (set ALMANAC_GO to it)`);
const parts: DockerParts = { address, compose: await obtainCompose({ cache, report }), busybox: await obtainBusybox({ cache, report }), versitygw: await obtainVersitygw({ cache, go, report }) };
await obtainParts({ report });

const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync('test/docker/*.trial.ts', { cwd: root }).sort();
// The address is this machine's own, and containers reach it by way of their bridges.
const { status } = spawnSync('unshare', ['--net', '--', 'sh', '-c', `ip link set lo up && ip address add ${address}/32 dev lo && exec "$@"`, 'sh', process.execPath, resolve(root, 'test/run.ts'), ...files], {
  cwd: root, stdio: 'inherit',
  env: { ...process.env, PATH: path, ALMANAC_TEST_ADDRESS: address, ALMANAC_TEST_DOCKER: JSON.stringify(parts) },
});
process.exit(status ?? 1);
