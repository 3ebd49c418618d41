import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyVault } from '../ports/key-store.ts';

const abandonedAfterMs = 60_000;

/** Plain keys as files of mode 0600 in one folder of mode 0700, one a name. */
export function createKeyFiles(options: { folder: string }): KeyVault {
  const { folder } = options;
  const pathOf = (name: string): string => join(folder, `${encodeURIComponent(name)}.key`);
  const prepare = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    await removeAbandoned(folder);
  };
  const read = async (name: string): Promise<string | null> => {
    try {
      return (await readFile(pathOf(name), 'utf8')).trim();
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return null;
      throw cause;
    }
  };

  return {
    read,
    async createIfAbsent(name, make) {
      const held = await read(name);
      if (held !== null) return held;
      await prepare();
      const plainKey = make();
      const temporary = await writeTemporary(folder, plainKey);
      try {
        // A link fails when the name exists: of two callers one wins and a reader never sees half a key.
        await link(temporary, pathOf(name));
        await syncFolder(folder);
        return plainKey;
      } catch (cause) {
        const winner = isCode(cause, 'EEXIST') ? await read(name) : null;
        if (winner === null) throw cause;
        return winner;
      } finally {
        await unlink(temporary);
      }
    },
    async replace(name, plainKey) {
      await prepare();
      await rename(await writeTemporary(folder, plainKey), pathOf(name));
      await syncFolder(folder);
    },
    async forget(name) {
      await unlink(pathOf(name)).catch((cause: unknown) => {
        if (!isCode(cause, 'ENOENT')) throw cause;
      });
    },
  };
}

async function writeTemporary(folder: string, plainKey: string): Promise<string> {
  const path = join(folder, `.${randomUUID()}.tmp`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${plainKey}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Removes what a process that died between writing and linking left: keys that were never given to anybody. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const path = join(folder, name);
    const age = await stat(path).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
    if (age > abandonedAfterMs) await unlink(path).catch(() => undefined);
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
