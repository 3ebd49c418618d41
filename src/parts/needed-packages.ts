import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface NeededPackage {
  /** `node_modules/a`, or `node_modules/a/node_modules/b`. */
  readonly place: string;
  readonly name: string;
  readonly version: string;
}

interface LockedPackage {
  readonly version: string;
  readonly dev?: boolean;
}

/** Installed packages that are not for development alone, as package-lock.json says. Those for other systems are not installed. */
export function neededPackages(root: string): NeededPackage[] {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([place, { dev }]) => place.startsWith('node_modules/') && dev !== true && existsSync(path.join(root, place)))
    .map(([place, { version }]) => ({ place, version, name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length) }));
}
