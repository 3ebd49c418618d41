import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import { platform } from './versions.ts';
import type { Report } from './report.ts';

const source = path.join(import.meta.dirname, 'pause/main.go');

/** The one program of a pod's sandbox, without a library that its image would have to bring; built by Go in seconds. For tests alone. */
export async function obtainPause(options: { cache: string; go: string; report: Report }): Promise<string> {
  return reported({
    part: 'pause',
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'pause',
        key: `${platform}-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16)}`,
        make: async (temporary) => {
          working('Go builds it');
          const environment = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off' };
          await run({ command: options.go, args: ['build', '-trimpath', '-ldflags=-s -w', '-o', path.join(temporary, 'pause'), source], environment, timeoutMs: 10 * 60_000 });
        },
      });
      return { result: path.join(folder, 'pause'), detail: wasThere ? 'in cache' : 'built by Go', wasThere };
    },
  });
}
