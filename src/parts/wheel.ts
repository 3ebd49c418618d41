import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bytesBelow } from './cache.ts';
import { megabytes } from './report.ts';
import { run } from './run-command.ts';
import type { Wheel } from './versions.ts';

/**
 * Downloads one wheel through pip, which checks its pinned hash, and unpacks the members that match into `folder`.
 * Python unpacks too: it is there anyway, `unzip` may not be.
 */
export async function unpackWheel(options: {
  wheel: Wheel;
  folder: string;
  pipOptions: readonly string[];
  /** Python regular expressions matched from a member's beginning. */
  members: readonly string[];
  working: (detail: string) => void;
}): Promise<void> {
  const { wheel, folder } = options;
  const python = process.env.PYTHON || 'python3';
  const requirements = path.join(folder, 'requirements.txt');
  writeFileSync(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
  // pip downloads below TMPDIR and moves the file at the end; keeping that inside `folder` shows progress and leaves nothing behind.
  const progress = setInterval(() => options.working(`${megabytes(bytesBelow(folder))} of ${megabytes(wheel.bytes)}`), 1000);
  try {
    await run({
      command: python,
      args: ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '--require-hashes', ...options.pipOptions, '--dest', folder, '--requirement', requirements],
      environment: { ...process.env, TMPDIR: folder },
      timeoutMs: 30 * 60_000,
    });
  } finally {
    clearInterval(progress);
  }
  options.working('unpacking');
  await run({ command: python, args: ['-c', unpack, folder, ...options.members], timeoutMs: 5 * 60_000 });
  for (const name of readdirSync(folder)) if (name.endsWith('.whl')) rmSync(path.join(folder, name));
  rmSync(requirements);
}

const unpack = `
import glob, re, sys, zipfile
folder, patterns = sys.argv[1], sys.argv[2:]
wheel = zipfile.ZipFile(glob.glob(folder + '/*.whl')[0])
wheel.extractall(folder, [name for name in wheel.namelist() if any(re.match(pattern, name) for pattern in patterns)])
`;
