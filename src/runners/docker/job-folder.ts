import { chmod, lstat, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../domain/failure.ts';

const RESULT = 'result.json';

/** The folder as it will be mounted: real, and below `root` whatever links say. Fails with `bad-argument`. */
export async function realJobFolder(folder: string, root: string): Promise<string> {
  const [real, realRoot] = await Promise.all([folder, root].map((place) => realpath(place).catch((cause: NodeJS.ErrnoException) => {
    throw new Failure('bad-argument', `job folder ${place} cannot be used (${cause.code ?? cause.message}): expected a folder below ${root}`, { cause });
  }))) as [string, string];
  const below = path.relative(realRoot, real);
  if (below === '' || below.startsWith('..') || path.isAbsolute(below)) throw new Failure('bad-argument', `job folder ${folder} is ${real}: expected a folder below ${realRoot}; nothing else is given to a container`);
  if (!(await lstat(real)).isDirectory()) throw new Failure('bad-argument', `job folder ${real} is not a folder`);
  return real;
}

/** Makes the folder fit for a container whose user owns nothing: inputs may be read, and new files made beside. An older result goes. */
export async function openJobFolder(folder: string, inputs: readonly string[]): Promise<void> {
  await rm(path.join(folder, RESULT), { force: true });
  for (const name of inputs) {
    const input = path.join(folder, name);
    if (path.basename(name) !== name || !(await lstat(input)).isFile()) throw new Failure('bad-argument', `input ${input} of a job is not a file of its folder`);
    await chmod(input, 0o644);
  }
  await chmod(folder, 0o777);
}

/** True when the job left its manifest, a file and no link to one. */
export async function hasResult(folder: string): Promise<boolean> {
  return lstat(path.join(folder, RESULT)).then((entry) => entry.isFile(), () => false);
}
