import { globSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { bytesBelow, obtainOnce } from './cache.ts';
import { megabytes, reported } from './report.ts';
import { run } from './run-command.ts';
import { localBigquery, platform } from './versions.ts';
import type { Report } from './report.ts';

const requirements = path.join(import.meta.dirname, 'local-bigquery/requirements.txt');

/**
 * Folder with local-bigquery, an implementation of BigQuery over DuckDB that is not ours: `site` has its packages, `home`
 * the extensions of DuckDB where DuckDB looks for them. 700 MB, every file by its pinned hash. For tests alone.
 */
export async function obtainLocalBigquery(options: { cache: string; python: string; report: Report }): Promise<string> {
  return reported({
    part: `local-bigquery ${localBigquery.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'local-bigquery',
        key: `${localBigquery.version}-${localBigquery.python}-${platform}`,
        make: (temporary) => install({ temporary, python: options.python, working }),
      });
      return { result: folder, detail: wasThere ? 'in cache' : megabytes(bytesBelow(folder)), wasThere };
    },
  });
}

async function install({ temporary, python, working }: { temporary: string; python: string; working: (detail: string) => void }): Promise<void> {
  const site = path.join(temporary, 'site');
  const progress = setInterval(() => working(`${megabytes(bytesBelow(temporary))} of 700 MB`), 2000);
  try {
    await run({
      command: python,
      args: ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '--require-hashes', '--root-user-action', 'ignore', '--target', site, '--requirement', requirements],
      // pip unpacks below TMPDIR: inside the folder it leaves nothing behind.
      environment: { ...process.env, TMPDIR: temporary },
      timeoutMs: 20 * 60_000,
    });
  } finally {
    clearInterval(progress);
  }
  const extensions = path.join(temporary, 'home/.duckdb/extensions', `v${localBigquery.duckdb}`, 'linux_amd64');
  mkdirSync(extensions, { recursive: true });
  for (const file of globSync(path.join(site, 'duckdb_extension_*/extensions/*/*.duckdb_extension'))) renameSync(file, path.join(extensions, path.basename(file)));
}
