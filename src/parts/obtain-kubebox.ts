import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import { kubernetes, platform } from './versions.ts';
import type { Report } from './report.ts';

const module = path.join(import.meta.dirname, 'kubebox');
const files = ['go.mod', 'go.sum', 'main.go'];
const stamped = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((unit) => `-X ${unit}.gitVersion=v${kubernetes.version}`).join(' ');
// Optimising would double the time of the build, and the tests wait for the cluster's clocks, not for its arithmetic.
const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-gcflags=all=-N -l -dwarf=false', `-ldflags=-s -w ${stamped}`];

/**
 * The program `kubebox`: API server, controllers, scheduler, kubelet and proxy of Kubernetes, built by Go from their modules,
 * each by its hash in kubebox/go.sum. About 480 seconds of CPU, at the lowest priority. For tests alone.
 */
export async function obtainKubebox(options: { cache: string; go: string; report: Report }): Promise<string> {
  return reported({
    part: `Kubernetes ${kubernetes.version}`,
    report: options.report,
    work: async (working) => {
      const { folder, wasThere } = await obtainOnce({
        cache: options.cache,
        part: 'kubebox',
        key: `${kubernetes.version}-${platform}-${contentHash()}`,
        make: async (temporary) => {
          working('Go builds it, which takes minutes');
          await build(temporary, options.go);
        },
      });
      return { result: path.join(folder, 'kubebox'), detail: wasThere ? 'in cache' : 'built by Go', wasThere };
    },
  });
}

async function build(folder: string, go: string): Promise<void> {
  const source = path.join(folder, 'source');
  mkdirSync(source);
  for (const file of files) copyFileSync(path.join(module, file), path.join(source, file));
  await run({
    command: 'nice',
    args: ['-n', '19', go, 'build', ...flags, '-o', path.join(folder, 'kubebox'), '.'],
    cwd: source,
    // Memory is plenty and time is not: the compiler collects its garbage less often.
    environment: { ...process.env, CGO_ENABLED: '0', GOGC: '400', GOTOOLCHAIN: 'local', GOWORK: 'off' },
    timeoutMs: 60 * 60_000,
  });
  rmSync(source, { recursive: true });
}

/** Other sources or flags are another program. */
function contentHash(): string {
  const hash = createHash('sha256').update(JSON.stringify(flags));
  for (const file of files) hash.update(readFileSync(path.join(module, file)));
  return hash.digest('hex').slice(0, 16);
}
