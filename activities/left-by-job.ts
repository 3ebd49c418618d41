import { createWriteStream } from 'node:fs';
import { constants, mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../src/domain/failure.ts';

/** Above what a runner writes of a log: a job may have put a file of its own in its place. */
const LOG_BYTES = 4 * 1024 * 1024;

/** A file that a job left in its folder. Fails with `bad-argument` where it would lead elsewhere: the folder is the job's to fill. */
export async function readLeft(folder: string, name: string): Promise<Buffer> {
  const file = await openLeft(folder, name);
  return file.readFile().finally(() => file.close());
}

/** What a job said outlives its folder, under the folder's name. Gives the place. */
export async function keepLog({ jobLogsFolder }: { readonly jobLogsFolder: string }, folder: string, logFile: string): Promise<string> {
  const kept = path.join(jobLogsFolder, `${path.basename(folder)}.log`);
  const log = await openLeft(folder, path.relative(folder, logFile));
  try {
    await mkdir(jobLogsFolder, { recursive: true });
    await pipeline(log.createReadStream({ end: LOG_BYTES, autoClose: false }), createWriteStream(kept));
    return kept;
  } finally {
    await log.close();
  }
}

/** Opened without following a link, and without waiting for whoever holds the other end of a pipe. */
async function openLeft(folder: string, name: string): Promise<FileHandle> {
  const real = await realpath(folder);
  const place = path.join(real, name);
  if (!place.startsWith(`${real}${path.sep}`) || (await realpath(place)) !== place) throw notAFile(name);
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ELOOP' ? notAFile(name) : cause;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notAFile(name);
}

function notAFile(name: string): Failure {
  return new Failure('bad-argument', `a job left "${name}": expected a file of its folder, and no link to one`);
}
