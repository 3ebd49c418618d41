import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, open } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../domain/failure.ts';
import type { ArtifactRef } from '../ports/artifact-store.ts';

const KIND = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const FILE = /^([0-9a-f]{64})((\.[a-z0-9]+)*)$/;

/** Folder and file of an artifact's name; anything else than our own names is refused, as `..` is. */
export function partsOf(name: string): [kind: string, file: string] {
  const [kind = '', file = '', ...rest] = name.split('/');
  if (KIND.test(kind) && FILE.test(file) && rest.length === 0) return [kind, file];
  throw new Failure('bad-argument', `"${name}" is not an artifact's name; expected <kind>/<sha256><extension>`);
}

/** A new file with these bytes, on disk when this returns. */
export async function writeSynced(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ sha256: string; length: number }> {
  const hash = createHash('sha256');
  let length = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      hash.update(chunk);
      length += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), length };
}

/** Links rather than renames: whoever comes second must not replace what somebody may be reading. */
export async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const folder = await open(path.dirname(to), 'r');
  await folder.sync().finally(() => folder.close());
}

export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function missing(ref: ArtifactRef, cause: unknown): Failure {
  return new Failure('artifact-missing', `artifact ${ref.name} (${ref.bytes} bytes) is not in the store; run the stage again that made it`, { cause });
}

export function corrupt(ref: ArtifactRef, actual: string): Failure {
  return new Failure('artifact-corrupt', `artifact ${ref.name} has SHA-256 ${actual}; remove it from the store and run the stage again that made it`);
}
