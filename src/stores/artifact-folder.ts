import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { corrupt, giveName, hashOf, missing, partsOf, sha256Of, writeSynced } from './artifact-files.ts';
import type { ArtifactRef, ArtifactStore } from '../ports/artifact-store.ts';

/** PLUG: artifacts as files `<folder>/<kind>/<sha256><extension>`, each written whole and synced before it has its name. */
export function artifactFolder(options: { folder: string }): ArtifactStore {
  const root = path.resolve(options.folder);
  const fileOf = (ref: ArtifactRef) => path.join(root, ...partsOf(ref.name));

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
      const bytes = await readFile(fileOf(ref)).catch((cause) => absent(ref, cause));
      const actual = sha256Of(bytes);
      if (actual !== ref.sha256) throw corrupt(ref, actual);
      return bytes;
    },
    async localPath(ref) {
      const file = fileOf(ref);
      const actual = await hashOf(file).catch((cause) => absent(ref, cause));
      if (actual !== ref.sha256) throw corrupt(ref, actual);
      return file;
    },
  };
}

function absent(ref: ArtifactRef, cause: NodeJS.ErrnoException): never {
  throw cause.code === 'ENOENT' ? missing(ref, cause) : cause;
}
