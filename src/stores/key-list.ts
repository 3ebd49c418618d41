import { readFile } from 'node:fs/promises';
import { Failure } from '../domain/failure.ts';
import type { StoredKey } from '../ports/key-store.ts';

/** Keys of one property as a publisher hands them to an endpoint of its own: hashes, never keys. */
export interface KeyList {
  readonly property: string;
  readonly keys: readonly StoredKey[];
}

/** Reads the list once: whoever changes it starts the endpoint anew. Fails with `bad-configuration`. */
export async function readKeyList(file: string): Promise<KeyList> {
  try {
    const { property, keys } = JSON.parse(await readFile(file, 'utf8')) as Partial<KeyList>;
    if (typeof property === 'string' && Array.isArray(keys)) return { property, keys };
  } catch (cause) {
    throw new Failure('bad-configuration', `endpoint.keysFile ${file} cannot be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'not JSON'}): expected the keys of one property`, { cause });
  }
  throw new Failure('bad-configuration', `endpoint.keysFile ${file} has no property and keys: expected {"property": …, "keys": […]}`);
}
