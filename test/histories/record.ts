import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Records the histories anew: `node test/histories/record.ts`, after `npm install`. It runs the suite of sequences, each
 * of whose worlds writes the histories of all its runs here. Recorded ones are kept as long as runs of their version may
 * be open, so record in the commit that changes a sequence, and say there what happens to runs that are under way.
 */
const root = resolve(import.meta.dirname, '../..');
const folder = import.meta.dirname;
for (const file of globSync('*.json.gz', { cwd: folder })) rmSync(join(folder, file));
const suite = globSync('test/sequences/*.test.ts', { cwd: root });
const { status } = spawnSync(process.execPath, ['test/run.ts', ...suite], { cwd: root, stdio: 'inherit', env: { ...process.env, ALMANAC_RECORD_HISTORIES: folder } });
process.stdout.write(`${globSync('*.json.gz', { cwd: folder }).length} histories in ${folder}\n`);
process.exitCode = status ?? 1;
