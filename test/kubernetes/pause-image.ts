import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../src/parts/run-command.ts';

/** A file with an image of one program, in the form of `docker save`. */
export async function packPauseImage({ program, name, folder }: { program: string; name: string; folder: string }): Promise<string> {
  const at = mkdtempSync(path.join(folder, 'pause-'));
  mkdirSync(path.join(at, 'image'));
  copyFileSync(program, path.join(at, 'image/pause'));
  await run({ command: 'tar', args: ['-C', path.join(at, 'image'), '--owner=0', '--group=0', '-cf', path.join(at, 'layer.tar'), 'pause'], timeoutMs: 60_000 });
  const layer = createHash('sha256').update(readFileSync(path.join(at, 'layer.tar'))).digest('hex');
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  writeFileSync(path.join(at, 'config.json'), JSON.stringify({ architecture, os: 'linux', config: { Entrypoint: ['/pause'] }, rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] } }));
  writeFileSync(path.join(at, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]));
  const file = path.join(at, 'pause.tar');
  await run({ command: 'tar', args: ['-C', at, '-cf', file, 'manifest.json', 'config.json', 'layer.tar'], timeoutMs: 60_000 });
  return file;
}
