// Are the locked dependencies installed? Cheap enough to ask at every command: one hash and one small file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** True when node_modules was completed for exactly this package-lock.json. */
export function areDependenciesCurrent(root) {
  const marker = markerFile(root);
  return existsSync(marker) && readFileSync(marker, 'utf8') === lockHash(root);
}

/** Written last, after everything else in node_modules is in place. */
export function markerFile(root) {
  return path.join(root, 'node_modules', '.almanac-lock');
}

export function lockHash(root) {
  return createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
}
