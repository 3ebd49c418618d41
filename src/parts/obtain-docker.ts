import path from 'node:path';
import { withLock } from './file-lock.ts';
import { findProgram } from './find-program.ts';
import { reported } from './report.ts';
import { run } from './run-command.ts';
import type { Report } from './report.ts';

/** Where Debian puts what only root runs; not everybody's PATH has it. */
const places = `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin${path.delimiter}/sbin`;
const needed = ['dockerd', 'containerd', 'runc', 'docker-init', 'unshare'];

/**
 * The `dockerd` of this machine; where there is none, Debian's `docker.io` is installed, which starts nothing by itself.
 * For tests alone: they need root, and say so.
 */
export async function obtainDocker(options: { cache: string; report: Report }): Promise<string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('a Docker engine of the tests\' own needs root on Linux: run npm run test:core without it, or npm run test:containers as root');
  return reported({
    part: 'Docker engine',
    report: options.report,
    work: async (working) => {
      const wasThere = missing().length === 0;
      if (!wasThere) await withLock(path.join(options.cache, 'docker', '.lock'), () => install(working));
      const [stillMissing] = missing();
      if (stillMissing !== undefined) throw new Error(`${stillMissing} is missing: sudo apt-get install -y docker.io util-linux`);
      const dockerd = find('dockerd') as string; // not missing
      return { result: dockerd, detail: wasThere ? `found at ${dockerd}` : 'docker.io of Debian', wasThere };
    },
  });
}

async function install(working: (detail: string) => void): Promise<void> {
  if (missing().length === 0) return;
  if (find('apt-get') === undefined) throw new Error(`${missing()[0]} is missing: install Docker's engine`);
  working('apt-get installs docker.io');
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run({ command: 'apt-get', args: ['update'], environment, timeoutMs: 5 * 60_000 });
  await run({ command: 'apt-get', args: ['install', '--yes', '--no-install-recommends', 'docker.io'], environment, timeoutMs: 10 * 60_000 });
}

function find(program: string): string | undefined {
  return findProgram(program, { PATH: places });
}

function missing(): string[] {
  return needed.filter((program) => find(program) === undefined);
}
