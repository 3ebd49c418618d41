import { globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { freePorts } from '../src/parts/free-ports.ts';
import { obtainParts } from '../src/parts/obtain-all.ts';
import { createReportPrinter } from '../src/parts/report-printer.ts';
import { createSupervisor } from '../src/parts/supervisor.ts';
import { cassandraProcess } from '../src/parts/cassandra-node.ts';
import { temporalProcess } from '../src/parts/temporal-server.ts';
import { searchAttributes } from '../src/main/search-attributes.ts';
import { savedImages } from './containers/images.ts';
import { obtainKubernetes } from './kubernetes/obtain.ts';
import { killIfThere, processesOf } from './processes.ts';

/**
 * `npm test`: obtains every part, runs `npm run check`, starts one Cassandra and one Temporal server for all tests, and
 * runs the rest two files at a time: light ones, then whole stacks; faults alone, because a kill must hit who is at work.
 * Containers come last, because they need root: the small ones while the image is built, then Docker's and Kubernetes' worlds
 * side by side, since both wait more than they work. `--core` is everything without them, `--containers` they and nothing else.
 * Files may be named as arguments.
 */
const root = resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({ options: { long: { type: 'boolean', default: false }, core: { type: 'boolean', default: false }, containers: { type: 'boolean', default: false } }, allowPositionals: true });
const WHOLE = /^test\/(whole|sequences|main)\//;
/** Files of minutes, the longest first: begun last, one of them would run alone at the end. */
const EARLY = ['test/whole/rollup-clock.test.ts', 'test/whole/backfill-year.test.ts', 'test/whole/mornings.test.ts'];
const ALONE = /^test\/(faults|kubernetes|docker)\//;
const CONTAINERS = /^test\/containers\//;
/** Of containers: those that need the image of every role. */
const WORLDS = /^test\/containers\/(docker|kubernetes)\.test/;
const FAST = /^test\/(architecture|domain)\//;
/** Where the parts answer: in a network of their own, containers must reach them. */
const address = process.env.ALMANAC_TEST_ADDRESS ?? '127.0.0.1';
const FILE_MINUTES = values.long ? 90 : 20;

const began = Date.now();
const parts = await obtainParts({ report: createReportPrinter(process.stdout) });
const home = mkdtempSync(join(tmpdir(), 'almanac-test-'));
const supervisor = createSupervisor({ home, log: () => undefined });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop().then(() => process.exit(130)));
// Every temporary folder of a test lies in the home of the run: what names it is ours to end, and it goes in one piece.
const temporary = join(home, 'tmp');
mkdirSync(temporary);
// Trials in namespaces are runs of their own inside this one.
process.env.ALMANAC_TEST_IMAGES ??= home;

const all = globSync(values.long ? 'test/**/*.long.ts' : 'test/**/*.test.ts', { cwd: root }).sort();
const asked = positionals.length > 0 ? positionals.map((file) => file.replace(`${root}/`, '')) : all.filter((file) => (CONTAINERS.test(file) ? !values.core : !values.containers));
// Minutes of building, at the lowest priority, where the cache has none: it begins now. What fails, the test says.
const kubernetes = asked.some((file) => file.startsWith('test/containers/kubernetes')) ? obtainKubernetes(() => undefined).catch(() => undefined) : undefined;
let total = { passed: 0, failed: 0 };
const took: string[] = [];
const secondsOf = new Map<string, number>();
const LONGEST = 12;
let sinceMs = began;
try {
  if (positionals.length === 0 && !values.long && !values.containers) {
    const check = spawnSync(process.execPath, ['scripts/check.mjs'], { cwd: root, stdio: 'inherit' });
    if (check.status !== 0) total.failed += 1;
  }
  const env = await startParts();
  process.env.TMPDIR = temporary;
  lap('checks and parts');
  const files = positionals.length > 0 ? asked : asked.filter((file) => !FAST.test(file));
  total = add(total, await runFiles(files.filter((file) => !WHOLE.test(file) && !ALONE.test(file) && !CONTAINERS.test(file)), 2, env));
  lap('light');
  total = add(total, await runFiles(earlyFirst(files.filter((file) => WHOLE.test(file))), 2, env));
  lap('whole stacks');
  total = add(total, await runFiles(files.filter((file) => ALONE.test(file)), 1, env));
  lap('faults');
  await kubernetes;
  const containers = files.filter((file) => CONTAINERS.test(file));
  const worlds = containers.filter((file) => WORLDS.test(file));
  // What fails here, the tests say: each of them would build the image itself.
  const image = worlds.length > 0 ? savedImages().catch(() => undefined) : undefined;
  total = add(total, await runFiles(containers.filter((file) => !WORLDS.test(file)), 1, env));
  await image;
  lap('small containers and the image');
  total = add(total, await runFiles(worlds.toReversed(), 2, env)); // Kubernetes takes longer
  lap('worlds of containers');
  const left = processesOf(temporary);
  for (const { pid, command } of left) process.stdout.write(`✖ left behind: process ${pid} ${command}\n`);
  total.failed += left.length;
} finally {
  await stop();
}
const longest = [...secondsOf].sort(([, a], [, b]) => b - a).slice(0, LONGEST);
process.stdout.write(`\nlongest: ${longest.map(([file, seconds]) => `${relative(root, file)} ${Math.round(seconds)} s`).join(', ')}\n`);
process.stdout.write(`\nin ${minutes(Date.now() - began)} minutes: ${took.join(', ')}\n${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

/** One Cassandra and one Temporal server; every test file makes its own keyspace, queue and ids in them. */
async function startParts(): Promise<Record<string, string>> {
  const [native, storage, temporal, ui] = (await freePorts({ count: 4 })) as [number, number, number, number];
  // Bound to one address that is not loopback, it does not find its own parts.
  const temporalAddress = address === '127.0.0.1' ? address : '0.0.0.0';
  await Promise.all([
    supervisor.start(cassandraProcess({ folder: join(home, 'cassandra'), address, nativePort: native, storagePort: storage, heapMb: 768, commitLogSync: 'group', jars: parts.cassandraJars, java: parts.java })),
    supervisor.start(temporalProcess({ folder: join(home, 'temporal'), address: temporalAddress, port: temporal, uiPort: ui, binary: parts.temporalBinary, searchAttributes })),
  ]);
  return { ALMANAC_TEST_CASSANDRA: `${address}:${native}`, ALMANAC_TEST_TEMPORAL: `${address}:${temporal}`, ALMANAC_TEST_TEMPORAL_BINARY: parts.temporalBinary, ALMANAC_TEST_PARTS: JSON.stringify(parts) };
}

async function runFiles(files: readonly string[], concurrency: number, env: Record<string, string>): Promise<{ passed: number; failed: number }> {
  if (files.length === 0) return { passed: 0, failed: 0 };
  Object.assign(process.env, env, { TF_CPP_MIN_LOG_LEVEL: '3', ALMANAC_TEST_FILE_MS: String(FILE_MINUTES * 60_000) });
  const counts = { passed: 0, failed: 0 };
  const spent = ({ file, nesting, details }: { file?: string; nesting: number; details: { duration_ms: number } }): void => {
    if (file !== undefined && nesting === 0) secondsOf.set(file, (secondsOf.get(file) ?? 0) + details.duration_ms / 1000);
  };
  const stream = run({ files: files.map((file) => join(root, file)), concurrency, execArgv: ['--test-force-exit', '--disable-warning=ExperimentalWarning', `--import=${join(root, 'test/guard.ts')}`] });
  stream.on('test:pass', (passed) => {
    spent(passed);
    const { details, skip, todo } = passed;
    if (details.type !== 'suite' && skip === undefined && todo === undefined) counts.passed += 1;
  });
  stream.on('test:fail', (failed) => {
    spent(failed);
    // A suite whose tests failed says so once more; one that failed by itself, in a hook, does not.
    if (failed.details.type !== 'suite' || (failed.details.error as { failureType?: string }).failureType !== 'subtestsFailed') counts.failed += 1;
  });
  const reporter = stream.compose(new spec());
  reporter.pipe(process.stdout, { end: false });
  await new Promise<void>((done, reject) => reporter.once('end', done).once('error', reject));
  return counts;
}

function earlyFirst(files: readonly string[]): string[] {
  return [...EARLY.filter((file) => files.includes(file)), ...files.filter((file) => !EARLY.includes(file))];
}

function add(a: typeof total, b: typeof total): typeof total {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

/** Notes what has taken how long since the last group ended. */
function lap(group: string): void {
  took.push(`${group} ${minutes(Date.now() - sinceMs)}`);
  sinceMs = Date.now();
}

function minutes(ms: number): string {
  return (ms / 60_000).toFixed(1);
}

async function stop(): Promise<void> {
  // After an interrupt: the test files and what they started; again, because one of them may just have started another.
  for (let round = 0; round < 5; round += 1) for (const { pid } of processesOf(temporary)) killIfThere(pid);
  await supervisor.stopAll();
  rmSync(home, { recursive: true, force: true });
}
