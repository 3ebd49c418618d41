import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const PROGRAMS = ['workflows', 'activities', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** A copy of the project in which one file was changed: another version of it, as an upgrade brings. Gives the folder. */
export function projectWith(file: string, change: (source: string) => string): string {
  const copy = mkdtempSync(join(tmpdir(), 'almanac-version-'));
  for (const part of PROGRAMS) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, change(source));
  assert.notEqual(readFileSync(path, 'utf8'), source);
  return copy;
}
