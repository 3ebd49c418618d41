import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { withLock } from './file-lock.ts';
import type { Dirent } from 'node:fs';

/** The folder shared by every clone and by the tests; the same rule as scripts/node.mjs. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ALMANAC_CACHE) return path.resolve(environment.ALMANAC_CACHE);
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'almanac');
}

/**
 * The folder `<cache>/<part>/<key>`, made by `make` when it is not there. `make` fills a temporary folder that is renamed
 * when complete: a folder that exists is whole. Two processes that want the same part wait for one another.
 */
export async function obtainOnce(options: {
  cache: string;
  part: string;
  key: string;
  make: (temporary: string) => Promise<void>;
}): Promise<{ folder: string; wasThere: boolean }> {
  const parent = path.join(options.cache, options.part);
  const folder = path.join(parent, options.key);
  if (existsSync(folder)) return { folder, wasThere: true };
  return withLock(path.join(parent, `.lock-${options.key}`), async () => {
    if (existsSync(folder)) return { folder, wasThere: true };
    discardUnfinished(parent, options.key);
    mkdirSync(parent, { recursive: true });
    const temporary = mkdtempSync(path.join(parent, `.obtaining-${options.key}-`));
    try {
      await options.make(temporary);
      renameSync(temporary, folder);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    return { folder, wasThere: false };
  });
}

/** Bytes below a folder that may be changing meanwhile, what goes while it is counted left out: a measure of progress. */
export function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of entriesOf(folder)) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += bytesBelow(at);
    else if (entry.isFile()) bytes += statSync(at, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

/** Read folder by folder: in one recursive call a folder that goes meanwhile is an error (pip unpacks and removes many). */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What a killed process left behind; the lock says that nobody is at work on it. */
function discardUnfinished(parent: string, key: string): void {
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`.obtaining-${key}-`)) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}
