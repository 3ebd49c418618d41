import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toldBy } from '../../src/parts/build-image.ts';
import type Docker from 'dockerode';

/** The name that docker/Dockerfile builds on. */
export const BASE_IMAGE = 'node:24.21.0-bookworm-slim';

/**
 * Stands for the base image where no registry is reached: this very Node, the libraries that it and what we load into it need,
 * and nothing else, no shell either.
 */
export async function importBaseImage(docker: Docker, natives: readonly string[]): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), 'almanac-base-'));
  try {
    for (const folder of ['usr/local/bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'job']) mkdirSync(path.join(root, folder), { recursive: true });
    chmodSync(path.join(root, 'tmp'), 0o1777);
    copyFileSync(process.execPath, path.join(root, 'usr/local/bin/node'));
    for (const library of librariesOf([process.execPath, ...natives])) {
      mkdirSync(path.join(root, path.dirname(library)), { recursive: true });
      copyFileSync(library, path.join(root, library));
    }
    writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n');
    writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
    const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [repo, tag] = BASE_IMAGE.split(':') as [string, string];
    await toldBy(docker, await docker.importImage(tar.stdout, { repo, tag, changes: 'ENV PATH=/usr/local/bin' }));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Shared libraries of the system that these files are linked with; those beside a file come with it. */
function librariesOf(files: readonly string[]): string[] {
  const { stdout } = spawnSync('ldd', files, { encoding: 'utf8' });
  const places = [...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, place]) => place as string); // the pattern has it
  return [...new Set(places)].filter((place) => /^\/(lib|lib64|usr\/lib)\//.test(place) && existsSync(place)).concat(globSync('/lib/x86_64-linux-gnu/libnss_{dns,files}.so.2'));
}
