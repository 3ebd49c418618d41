import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import { platform, versitygw } from './versions.ts';
import type { Report } from './report.ts';

const recipe = path.join(import.meta.dirname, 'versitygw');

/**
 * The `versitygw` program: an S3 server over a folder that is not ours, built by Go from its modules, each by its hash in
 * versitygw/go.sum. About 150 seconds of CPU. For tests alone.
 */
export async function obtainVersitygw(options: { cache: string; go: string; report: Report }): Promise<string> {
  return reported({
    part: `versitygw ${versitygw.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'versitygw',
        key: `${versitygw.version}-${platform}`,
        make: async (temporary) => {
          working('Go builds it');
          const module = path.join(temporary, 'module');
          mkdirSync(module);
          for (const file of ['go.mod', 'go.sum']) copyFileSync(path.join(recipe, file), path.join(module, file));
          await run({
            command: options.go,
            args: ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', path.join(temporary, 'versitygw'), 'github.com/versity/versitygw/cmd/versitygw'],
            cwd: module,
            environment: { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off' },
            timeoutMs: 20 * 60_000,
          });
          rmSync(module, { recursive: true });
        },
      });
      return { result: path.join(folder, 'versitygw'), detail: wasThere ? 'in cache' : 'built by Go', wasThere };
    },
  });
}
