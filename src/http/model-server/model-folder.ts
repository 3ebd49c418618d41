import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ServingError } from './serving-error.ts';
import type { ModelInput } from './predict-request.ts';

/** A model in memory; one value a row. */
export interface ServableModel extends ModelInput {
  readonly outputName: string;
  predict(rows: Float32Array, count: number): Float32Array;
  dispose(): void;
}

export interface VersionStatus {
  readonly version: string;
  readonly state: 'AVAILABLE' | 'END';
  readonly status: { readonly error_code: 'OK' | 'INTERNAL'; readonly error_message: string };
}

export interface ModelFolder {
  /** Every version of the model or the one asked for, newest first; loads none that is not asked for. */
  statusOf(name: string, version?: string): Promise<VersionStatus[]>;
  /** The version asked for, else the newest. Use it before the next await: later it may be unloaded. */
  use(name: string, version?: string): Promise<{ model: ServableModel; version: string }>;
  dispose(): void;
}

const NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;
const VERSION = /^(0|[1-9]\d{0,18})$/;
const MODEL_FILE = 'saved_model.pb';

/**
 * Models in `<base>/<name>/<version>/saved_model.pb`. The folder is looked at for every request, so versions come and go
 * without a restart; at most `maximumLoaded` are in memory, the least recently used leaves first.
 */
export function modelFolder(options: { base: string; maximumLoaded: number; load: (folder: string) => Promise<ServableModel> }): ModelFolder {
  /** In order of use, oldest first. */
  const loaded = new Map<string, Promise<ServableModel>>();

  async function load(folder: string): Promise<ServableModel> {
    const known = loaded.get(folder);
    const model = known ?? options.load(folder);
    loaded.delete(folder);
    loaded.set(folder, model);
    if (!known) {
      // A version that cannot be loaded is tried again next time: somebody may have mended it.
      model.catch(() => loaded.get(folder) === model && loaded.delete(folder));
      for (const oldest of [...loaded.keys()].slice(0, -options.maximumLoaded)) unload(oldest);
    }
    return model;
  }

  function unload(folder: string): void {
    const model = loaded.get(folder);
    loaded.delete(folder);
    // Later, because a request that has just been handed the model uses it before it waits again.
    void model?.then((gone) => setImmediate(() => gone.dispose()), () => {});
  }

  async function find(name: string, version?: string): Promise<string[]> {
    const versions = NAME.test(name) ? await versionsIn(path.join(options.base, name)) : [];
    for (const folder of loaded.keys()) {
      if (path.dirname(folder) === path.join(options.base, name) && !versions.includes(path.basename(folder))) unload(folder);
    }
    return version === undefined ? versions : versions.filter((one) => one === version);
  }

  return {
    async statusOf(name, version) {
      const versions = await find(name, version);
      if (versions.length === 0) throw new ServingError(404, version === undefined ? `Could not find any versions of model ${name}` : `Could not find version ${version} of model ${name}`);
      if (version === undefined) return versions.map(available);
      return load(path.join(options.base, name, version)).then(
        () => [available(version)],
        (error: Error) => [{ version, state: 'END', status: { error_code: 'INTERNAL', error_message: error.message } }],
      );
    },
    async use(name, version) {
      const [newest] = await find(name, version);
      if (newest === undefined) throw new ServingError(404, `Servable not found for request: ${version === undefined ? `Latest(${name})` : `Specific(${name}, ${version})`}`);
      const model = await load(path.join(options.base, name, newest)).catch((error: Error) => {
        throw new ServingError(503, `Servable ${name} version ${newest} cannot be loaded: ${error.message}`);
      });
      return { model, version: newest };
    },
    dispose() {
      for (const folder of loaded.keys()) unload(folder);
    },
  };
}

/** Newest first, by number. */
async function versionsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => VERSION.test(name));
  const isThere = await Promise.all(names.map((name) => stat(path.join(folder, name, MODEL_FILE)).then(() => true, () => false)));
  return names.filter((_, index) => isThere[index]).sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1));
}

function available(version: string): VersionStatus {
  return { version, state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } };
}
