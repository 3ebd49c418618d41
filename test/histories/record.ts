import { spawnSync } from 'node:child_process';
import { globSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * Records the histories that are missing: `node test/histories/record.ts`, after `npm install`. It runs the suite of sequences,
 * each of whose worlds writes here the histories of those of its paths that have none. Recorded ones are kept as long as runs
 * of their version may be open: a changed sequence gets a test of a new path beside them. With `--anew` all are replaced; say
 * in that commit what happens to runs that are under way.
 */
const { values } = parseArgs({ options: { anew: { type: 'boolean', default: false } } });
const root = resolve(import.meta.dirname, '../..');
const folder = import.meta.dirname;
if (values.anew) for (const file of globSync('*.json.gz', { cwd: folder })) rmSync(join(folder, file));
const suite = globSync('test/sequences/*.test.ts', { cwd: root });
const { status } = spawnSync(process.execPath, ['test/run.ts', ...suite], { cwd: root, stdio: 'inherit', env: { ...process.env, ALMANAC_RECORD_HISTORIES: folder } });
process.stdout.write(`${globSync('*.json.gz', { cwd: folder }).length} histories in ${folder}\n`);
process.exitCode = status ?? 1;
