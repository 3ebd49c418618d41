import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { artifactFolder } from '../../src/stores/artifact-folder.ts';
import { artifactStoreContract, spoilFile } from './artifact-store.contract.ts';

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

artifactStoreContract('folder', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'almanac-artifacts-'));
  folders.push(folder);
  return {
    store: artifactFolder({ folder }),
    names: async (kind) => (await readdir(path.join(folder, kind)).catch(() => [])).map((name) => `${kind}/${name}`).sort(),
    spoil: (ref) => spoilFile(path.join(folder, ref.name)),
    lose: (ref) => rm(path.join(folder, ref.name)),
  };
});
