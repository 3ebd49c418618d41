import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { findProgram } from './find-program.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import { compose } from './versions.ts';
import type { Report } from './report.ts';

const plugin = 'docker-compose';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Docker Compose as a program of its own, unpacked from Debian's package into the cache; nothing is installed. For tests alone. */
export async function obtainCompose(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: `Docker Compose ${compose.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'compose',
        key: `${compose.version}-${compose.suite}-${process.arch}`,
        make: async (temporary) => {
          working(`from Debian ${compose.suite}`);
          await unpack(temporary);
        },
      });
      return { result: path.join(folder, plugin), detail: wasThere ? 'in cache' : `from Debian ${compose.suite}`, wasThere };
    },
  });
}

/** By apt-get with lists of its own, so that the machine's sources stay as they are. */
async function unpack(folder: string): Promise<void> {
  if (findProgram('apt-get') === undefined) throw new Error('Docker Compose is missing, and this is no Debian to take it from: run npm run test:core without it');
  const scratch = path.join(folder, 'package');
  for (const needed of ['lists/partial', 'cache/archives/partial']) mkdirSync(path.join(scratch, needed), { recursive: true });
  writeFileSync(path.join(scratch, 'sources.list'), `deb [signed-by=${keyring}] http://deb.debian.org/debian ${compose.suite} main\n`);
  const settings = [`Dir::State::Lists=${scratch}/lists`, `Dir::Cache=${scratch}/cache`, `Dir::Etc::SourceList=${scratch}/sources.list`, 'Dir::Etc::SourceParts=/dev/null', 'APT::Sandbox::User=root'].flatMap((setting) => ['-o', setting]);
  await run({ command: 'apt-get', args: [...settings, 'update'], timeoutMs: 5 * 60_000 });
  await run({ command: 'apt-get', args: [...settings, 'download', `docker-compose=${compose.version}*`], cwd: scratch, timeoutMs: 5 * 60_000 });
  const [file] = readdirSync(scratch).filter((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('apt-get download docker-compose left no package');
  await run({ command: 'dpkg-deb', args: ['-x', path.join(scratch, file), path.join(scratch, 'files')], timeoutMs: 60_000 });
  renameSync(path.join(scratch, `files/usr/libexec/docker/cli-plugins/${plugin}`), path.join(folder, plugin));
  rmSync(scratch, { recursive: true });
}
