import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../domain/failure.ts';
import type { ArtifactRef, ArtifactStore } from '../ports/artifact-store.ts';

const KIND = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const FILE = /^([0-9a-f]{64})((\.[a-z0-9]+)*)$/;

/** PLUG: artifacts as files `<folder>/<kind>/<sha256><extension>`, each written whole and synced before it has its name. */
export function artifactFolder(options: { folder: string }): ArtifactStore {
  const root = path.resolve(options.folder);
  const fileOf = (ref: ArtifactRef) => path.join(root, ...partsOf(ref.name));

  async function localPath(ref: ArtifactRef): Promise<string> {
    const file = fileOf(ref);
    const actual = await hashOf(file).catch((cause: NodeJS.ErrnoException) => missing(ref, cause));
    return actual === ref.sha256 ? file : corrupt(ref, actual);
  }

  return {
    async put(kind, extension, bytes) {
      const incoming = path.join(root, 'incoming', randomUUID());
      await mkdir(path.dirname(incoming), { recursive: true });
      try {
        const { sha256, length } = await writeSynced(incoming, bytes);
        const ref = { name: `${kind}/${sha256}${extension}`, sha256, bytes: length };
        await mkdir(path.dirname(fileOf(ref)), { recursive: true });
        await giveName(incoming, fileOf(ref));
        return ref;
      } finally {
        await rm(incoming, { force: true });
      }
    },
    async get(ref) {
      const bytes = await readFile(fileOf(ref)).catch((cause: NodeJS.ErrnoException) => missing(ref, cause));
      const actual = createHash('sha256').update(bytes).digest('hex');
      return actual === ref.sha256 ? bytes : corrupt(ref, actual);
    },
    localPath,
  };
}

/** Folder and file of an artifact's name; anything else than our own names is refused, as `..` is. */
function partsOf(name: string): [kind: string, file: string] {
  const [kind = '', file = '', ...rest] = name.split('/');
  if (KIND.test(kind) && FILE.test(file) && rest.length === 0) return [kind, file];
  throw new Failure('bad-argument', `"${name}" is not an artifact's name; expected <kind>/<sha256><extension>`);
}

async function writeSynced(file: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ sha256: string; length: number }> {
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
async function giveName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const folder = await open(path.dirname(to), 'r');
  await folder.sync().finally(() => folder.close());
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function missing(ref: ArtifactRef, cause: NodeJS.ErrnoException): never {
  if (cause.code !== 'ENOENT') throw cause;
  throw new Failure('artifact-missing', `artifact ${ref.name} (${ref.bytes} bytes) is not in the store; run the stage again that made it`, { cause });
}

function corrupt(ref: ArtifactRef, actual: string): never {
  throw new Failure('artifact-corrupt', `artifact ${ref.name} has SHA-256 ${actual}; remove the file and run the stage again that made it`);
}
