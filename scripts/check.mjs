// `npm run check`: types, lint, arrows and the fast tests at once; one line each.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const folders = ['workflows', 'activities', 'src', 'test', 'bench', 'examples'];
const fastTests = globSync(['test/architecture/**/*.test.ts', 'test/domain/**/*.test.ts'], { cwd: root });

const results = await Promise.all([
  check('types', bin('tsc'), ['--noEmit']),
  check('lint', bin('oxlint'), ['--deny-warnings', ...folders, 'scripts', 'docker']),
  check('arrows', bin('depcruise'), ['--config', '.dependency-cruiser.mjs', ...folders, 'scripts', 'docker']),
  check(`fast tests (${fastTests.length} files)`, process.execPath, ['--test', '--test-reporter=dot', ...fastTests]),
]);
process.exitCode = results.every(Boolean) ? 0 : 1;

function check(name, command, args) {
  const began = performance.now();
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => finish(`${error.message}\n`));
    child.once('close', (code) => finish(code === 0 ? undefined : Buffer.concat(output).toString()));
    function finish(problem) {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      process.stdout.write(`  ${problem === undefined ? '✓' : '✗'} ${name.padEnd(24)} ${seconds.padStart(6)} s\n${problem ?? ''}`);
      resolve(problem === undefined);
    }
  });
}
