// The one door of every npm script: prerequisites → Node → dependencies → the program asked for.
// Runs on Node 20 with no node_modules; whatever can wait until a newer Node is there is written in TypeScript.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { areDependenciesCurrent } from './dependencies.mjs';
import { handOver } from './hand-over.mjs';
import { nodeAtHand, obtainNode, root, versions } from './node.mjs';
import { missingPrerequisites } from './prerequisites.mjs';

const programs = {
  start: { args: ['src/main/start.ts'], usesParts: true },
  test: { args: ['test/run.ts'], usesParts: true },
  'test-core': { args: ['test/run.ts', '--core'], usesParts: true },
  'test-containers': { args: ['test/run.ts', '--containers'], usesParts: true },
  'test-long': { args: ['test/run.ts', '--long'], usesParts: true },
  bench: { args: ['bench/run.ts'], usesParts: true },
  image: { args: ['src/main/image.ts'], usesParts: true },
  check: { args: ['scripts/check.mjs'], usesParts: false },
  cli: { args: ['src/main/cli.ts'], usesParts: false },
};

const [name, ...rest] = process.argv.slice(2);
const program = programs[name];
if (!program) fail([`bootstrap: ${name ?? 'nothing'} was asked for; expected one of ${Object.keys(programs).join(', ')}`]);
if (program.usesParts) {
  const missing = await missingPrerequisites();
  if (missing.length > 0) fail(['Almanac needs, and did not find:', ...missing.map((line) => `  ${line}`)]);
}
const node = nodeAtHand() ?? announceNode();
if (!areDependenciesCurrent(root)) installDependencies();
await handOver({
  node,
  args: [...program.args.map((arg) => (arg.startsWith('--') ? arg : path.join(root, arg))), ...rest],
  cwd: root,
  environment: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
});

function announceNode() {
  const began = Date.now();
  if (process.stderr.isTTY) process.stderr.write(`  · Node ${versions.node.version}: obtaining\r`);
  const obtained = obtainNode();
  process.stderr.write(`  ✓ ${`Node ${versions.node.version}`.padEnd(22)}  ${'53 MB from npm'.padEnd(44)}${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s\n`);
  return obtained;
}

function installDependencies() {
  const result = spawnSync(node, ['--disable-warning=ExperimentalWarning', path.join(root, 'scripts/install.ts')], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function fail(lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}
