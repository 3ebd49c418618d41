import { stat } from 'node:fs/promises';
import { openContent } from './open-content.ts';

export interface ContentVersion {
  readonly version: string;
  /** Of the file as it lies there. */
  readonly bytes: number;
}

/** Versions of files, hashed again only when size or times of the file have changed. At most 10,000 are remembered. */
export function createContentVersions(): { of(path: string, call?: { signal?: AbortSignal; onProgress?(): void }): Promise<ContentVersion | null> } {
  const known = new Map<string, { stamp: string; version: string }>();
  return {
    async of(path, { signal, onProgress } = {}) {
      const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
        throw error;
      });
      if (!found) return null;
      if (!found.isFile()) throw Object.assign(new Error(`${path} is not a file`), { code: 'EISDIR', path });
      const stamp = `${found.ino}/${found.size}/${found.mtimeNs}/${found.ctimeNs}`;
      let entry = known.get(path);
      if (entry?.stamp !== stamp) {
        const content = openContent(path, signal);
        for await (const _chunk of content.chunks) onProgress?.();
        entry = { stamp, version: content.version() };
        if (known.size >= 10_000) known.clear();
        known.set(path, entry);
      }
      return { version: entry.version, bytes: Number(found.size) };
    },
  };
}
