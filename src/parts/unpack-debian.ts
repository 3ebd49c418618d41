import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from './find-program.ts';
import { run, runToEnd } from './run-command.ts';

/** Copies one file or folder of a package of Debian into `folder`; nothing is installed. */
export async function unpackDebian({ name, place, folder }: { name: string; place: string; folder: string }): Promise<void> {
  if (findProgram('apt-get') === undefined) throw new Error(`${name} is missing: install it, as Debian's package of this name does`);
  const scratch = path.join(folder, 'package');
  mkdirSync(scratch);
  const download = { command: 'apt-get', args: ['download', name], cwd: scratch, timeoutMs: 5 * 60_000 };
  if ((await runToEnd(download)).code !== 0) {
    await run({ command: 'apt-get', args: ['update'], timeoutMs: 5 * 60_000 });
    await run(download);
  }
  const [file] = readdirSync(scratch).filter((each) => each.endsWith('.deb'));
  if (file === undefined) throw new Error(`apt-get download ${name} left no package`);
  await run({ command: 'dpkg-deb', args: ['-x', path.join(scratch, file), path.join(scratch, 'files')], timeoutMs: 60_000 });
  cpSync(path.join(scratch, 'files', place), path.join(folder, path.basename(place)), { recursive: true });
  rmSync(scratch, { recursive: true });
}
