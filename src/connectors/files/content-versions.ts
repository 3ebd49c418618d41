import { stat } from 'node:fs/promises';
import { openContent } from './open-content.ts';

export interface ContentVersion {
  readonly version: string;
  /** Of the file as it lies there. */
  readonly bytes: number;
  /** Of the unpacked content; a last one without an end counts. */
  readonly lines: number;
}

const lineEnd = 10;

/** Versions of files, hashed again only when size or times of the file have changed. At most 10,000 are remembered. */
export function createContentVersions(): { of(path: string, call?: { signal?: AbortSignal; onProgress?(): void }): Promise<ContentVersion | null> } {
  const known = new Map<string, { stamp: string; version: string; lines: number }>();
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
        let lines = 0;
        let isOpen = false;
        for await (const chunk of content.chunks) {
          lines += lineEndsIn(chunk);
          if (chunk.length > 0) isOpen = chunk.at(-1) !== lineEnd;
          onProgress?.();
        }
        entry = { stamp, version: content.version(), lines: lines + Number(isOpen) };
        if (known.size >= 10_000) known.clear();
        known.set(path, entry);
      }
      return { version: entry.version, bytes: Number(found.size), lines: entry.lines };
    },
  };
}

function lineEndsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(lineEnd); at >= 0; at = chunk.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}
