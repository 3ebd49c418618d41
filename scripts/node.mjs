// Which Node runs the project: this one when it is new enough, otherwise one obtained through npm into the cache.
// Runs on Node 20 with no node_modules.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');
export const versions = JSON.parse(readFileSync(path.join(root, 'src/parts/versions.json'), 'utf8'));

/** The folder shared by every clone and by the tests; the same rule as src/parts/cache.ts. */
export function cacheFolder(environment = process.env) {
  if (environment.ALMANAC_CACHE) return path.resolve(environment.ALMANAC_CACHE);
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'almanac');
}

export function isNewEnough(version = process.versions.node, minimum = versions.node.minimum) {
  const [have, want] = [version, minimum].map((text) => text.split('.').map(Number));
  for (const index of [0, 1, 2]) if (have[index] !== want[index]) return have[index] > want[index];
  return true;
}

/** Path of a Node that is new enough and already here, or undefined. */
export function nodeAtHand() {
  if (isNewEnough()) return process.execPath;
  return existsSync(cachedNode()) ? cachedNode() : undefined;
}

/**
 * Takes the pinned Node out of its npm package and checks it against the integrity kept in versions.json.
 * Two processes may do this at once: each works in its own folder and the first rename stands.
 */
export function obtainNode() {
  const pinned = versions.node.packages[platform()];
  if (!pinned) {
    throw new Error(`Node ${process.versions.node} is too old and none is pinned for ${platform()}: install Node ${versions.node.minimum} or newer`);
  }
  const folder = path.dirname(path.dirname(cachedNode()));
  mkdirSync(path.dirname(folder), { recursive: true });
  const temporary = mkdtempSync(path.join(path.dirname(folder), '.obtaining-'));
  try {
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', temporary, `${pinned.name}@${versions.node.version}`], temporary);
    const archive = path.join(temporary, `${pinned.name}-${versions.node.version}.tgz`);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== pinned.integrity) throw new Error(`${pinned.name}@${versions.node.version} has integrity ${integrity}, expected ${pinned.integrity}`);
    run('tar', ['-xzf', archive, 'package/bin/node', 'package/LICENSE'], temporary);
    if (!existsSync(cachedNode())) renameSync(path.join(temporary, 'package'), folder);
  } catch (error) {
    if (!existsSync(cachedNode())) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return cachedNode();
}

function cachedNode() {
  return path.join(cacheFolder(), 'node', `${versions.node.version}-${platform()}`, 'bin', 'node');
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

function run(command, args, cwd) {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${(result.error?.message ?? result.stderr).trim().slice(-600)}`);
}
