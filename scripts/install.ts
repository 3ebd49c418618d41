// Installs exactly what package-lock.json says, install scripts off, once for any number of commands started together.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../src/parts/file-lock.ts';
import { createReportPrinter } from '../src/parts/report-printer.ts';
import { areDependenciesCurrent, lockHash, markerFile } from './dependencies.mjs';

type Packages = Record<string, { version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }>;

const root = path.resolve(import.meta.dirname, '..');
const report = createReportPrinter(process.stderr);

// Beside node_modules, not in it: `npm ci` begins by removing that folder.
await withLock(path.join(root, '.almanac', 'install-lock'), async () => {
  if (areDependenciesCurrent(root)) return;
  const hash = lockHash(root);
  if (!isInstalled()) install();
  linkCommand();
  writeFileSync(markerFile(root), hash);
});

function install(): void {
  const began = performance.now();
  report({ part: 'dependencies', state: 'working', detail: 'npm ci' });
  const result = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  if (result.status !== 0) {
    process.stderr.write(`npm ci failed:\n${result.error?.message ?? `${result.stdout}${result.stderr}`}\n`);
    process.exit(1);
  }
  const detail = `${Object.keys(packagesOf('node_modules/.package-lock.json')).length} packages`;
  report({ part: 'dependencies', state: 'ready', detail, seconds: (performance.now() - began) / 1000 });
}

/** True when npm itself has already brought every locked package here, as after `npm install <package>`. */
function isInstalled(): boolean {
  if (!existsSync(path.join(root, 'node_modules/.package-lock.json'))) return false;
  const here = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(([name, wanted]) => {
    if (name === '') return true;
    const found = here[name];
    return found === undefined ? wanted.optional === true || wanted.devOptional === true : found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

function packagesOf(file: string): Packages {
  return (JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { packages: Packages }).packages;
}

/** So that `npx almanac` works in the clone itself: npm links the commands of dependencies only. */
function linkCommand(): void {
  const link = path.join(root, 'node_modules/.bin/almanac');
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync('../../scripts/almanac.mjs', link);
}
