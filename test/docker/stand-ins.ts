import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toldBy } from '../../src/parts/build-image.ts';
import type Docker from 'dockerode';

export interface StandIns {
  /** The names that docker-compose.yml gives to images of a registry. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly busybox: string;
  readonly versitygw: string;
  /** The command `temporal`, which has a server in it. */
  readonly temporal: string;
}

const tools = ['sh', 'cat', 'grep', 'mkdir', 'wget'];
/** Debian's knows no `-z`: to connect, send nothing and hang up. */
const knock = '#!/bin/sh\nshift\nexec busybox nc -w 1 "$@" < /dev/null\n';
/** What the server's image has here; this server keeps its tables in a file. */
const temporalEntry = '#!/bin/sh\nexec temporal server start-dev --headless --ip 0.0.0.0 --port 7233 --db-filename /tmp/temporal.db --log-level error\n';

/**
 * Images of docker-compose.yml where no registry is reached: S3's server, Temporal's server and Temporal's tools, the programs in
 * the versions that the file names, with a shell that does what the file says.
 */
export async function importStandIns(docker: Docker, { settings, busybox, versitygw, temporal }: StandIns): Promise<void> {
  const image = async (name: string | undefined, program: string, entry?: string): Promise<void> => {
    const root = mkdtempSync(path.join(tmpdir(), 'stand-in-'));
    try {
      for (const folder of ['bin', 'usr/local/bin', 'etc/temporal', 'tmp']) mkdirSync(path.join(root, folder), { recursive: true });
      copyFileSync(busybox, path.join(root, 'bin/busybox'));
      for (const tool of tools) symlinkSync('busybox', path.join(root, 'bin', tool));
      writeFileSync(path.join(root, 'bin/nc'), knock, { mode: 0o755 });
      copyFileSync(program, path.join(root, 'usr/local/bin', path.basename(program)));
      if (entry !== undefined) writeFileSync(path.join(root, 'etc/temporal/entrypoint.sh'), entry, { mode: 0o755 });
      const tar = spawn('tar', ['-C', root, '--owner=0', '--group=0', '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [repo, tag] = (name ?? '').split(':') as [string, string];
      await toldBy(docker, await docker.importImage(tar.stdout, { repo, tag, changes: 'ENV PATH=/usr/local/bin:/bin USER=root HOME=/tmp' }));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
  await image(settings.S3_IMAGE, versitygw);
  await image(settings.TEMPORAL_TOOLS_IMAGE, temporal);
  await image(settings.TEMPORAL_IMAGE, temporal, temporalEntry);
}
