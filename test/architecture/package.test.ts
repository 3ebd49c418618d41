import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './sources.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

interface Locked {
  readonly version?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(textOf('package.json')) as Manifest;
const lock = JSON.parse(textOf('package-lock.json')) as { readonly lockfileVersion: number; readonly packages: Readonly<Record<string, Locked>> };
const direct = { ...manifest.dependencies, ...manifest.devDependencies };

test('every dependency is pinned to one version, and the lock file has that version', () => {
  for (const [name, version] of Object.entries(direct)) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} is "${version}"`);
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
});

test('packages of one family have one version', () => {
  const versions = Object.entries(direct).filter(([name]) => name.startsWith('@temporalio/')).map(([, version]) => version);
  assert.equal(new Set(versions).size, 1, versions.join(', '));
});

// `npm ci` refuses a lock file that lacks a package for another system, and npm leaves those out when it writes the file
// over an existing node_modules (npm/cli#4828).
test('the lock file knows the optional packages of every system', () => {
  const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies = {} }]) => Object.keys(optionalDependencies)
    .filter((name) => !candidates(place, name).some((at) => at in lock.packages))
    .map((name) => `${name} of ${place}`));
  assert.deepEqual(missing, []);
  const systems = new Set(Object.values(lock.packages).flatMap(({ os = [] }) => os));
  for (const system of ['linux', 'darwin', 'win32']) assert.ok(systems.has(system), `no package for ${system}`);
});

test('installing runs no script of a package', () => {
  assert.match(textOf('.npmrc'), /^ignore-scripts=true$/m);
});

/** Where Node would look for `name` from the package at `place`, nearest first. */
function candidates(place: string, name: string): string[] {
  const parts = place === '' ? [] : place.split('/node_modules/');
  return Array.from({ length: parts.length + 1 }, (_, up) => [...parts.slice(0, parts.length - up), name]).map((path) => {
    const joined = path.join('/node_modules/');
    return joined.startsWith('node_modules/') ? joined : `node_modules/${joined}`;
  });
}
