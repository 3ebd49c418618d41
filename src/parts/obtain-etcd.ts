import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { findProgram } from './find-program.ts';
import { reported } from './report.ts';
import { run, runToEnd } from './run-command.ts';
import type { Report } from './report.ts';

/** The `etcd` of this machine; where there is none, Debian's is unpacked into the cache, and nothing is installed. For tests alone. */
export async function obtainEtcd(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: 'etcd',
    report: options.report,
    work: async (working) => {
      const found = findProgram('etcd');
      if (found !== undefined) return { result: found, detail: `found at ${found}`, wasThere: true };
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'etcd',
        key: `debian-${process.arch}`,
        make: async (temporary) => {
          working('from Debian');
          await unpack(temporary);
        },
      });
      return { result: path.join(folder, 'etcd'), detail: wasThere ? 'in cache' : 'from Debian', wasThere };
    },
  });
}

async function unpack(folder: string): Promise<void> {
  if (findProgram('apt-get') === undefined) throw new Error('etcd is missing: install it, Kubernetes keeps its objects in it');
  const scratch = path.join(folder, 'package');
  mkdirSync(scratch);
  const download = { command: 'apt-get', args: ['download', 'etcd-server'], cwd: scratch, timeoutMs: 5 * 60_000 };
  if ((await runToEnd(download)).code !== 0) {
    await run({ command: 'apt-get', args: ['update'], timeoutMs: 5 * 60_000 });
    await run(download);
  }
  const [file] = readdirSync(scratch).filter((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get download etcd-server left no package');
  await run({ command: 'dpkg-deb', args: ['-x', path.join(scratch, file), path.join(scratch, 'files')], timeoutMs: 60_000 });
  renameSync(path.join(scratch, 'files/usr/bin/etcd'), path.join(folder, 'etcd'));
  rmSync(scratch, { recursive: true });
}
