import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { root as project } from '../../src/main/root.ts';
import { dockerRunner } from '../../src/runners/docker.ts';
import { writeJob } from '../models/synthetic.ts';
import { SMALL_SHOP, smallShopProperty, writeSmallShop } from '../small-shop.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import { buildAlmanacImage, startTestEngine } from './engine.ts';

const engine = await startTestEngine();
const folder = await mkdtemp(path.join(tmpdir(), 'almanac-image-'));
after(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true, force: true });
});
const image = await buildAlmanacImage(engine);

/** What a role says and how it ends, with nothing of the host and nothing to write on but /tmp. */
async function said(command: readonly string[], entrypoint?: readonly string[]): Promise<{ code: number; text: string }> {
  const output = new PassThrough();
  const text = output.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]).toString());
  const options = { HostConfig: { ReadonlyRootfs: true, NetworkMode: 'none', Tmpfs: { '/tmp': 'mode=1777' } }, Tty: true, ...(entrypoint ? { Entrypoint: [...entrypoint] } : {}) };
  const [{ StatusCode }, container] = (await engine.docker.run(image, [...command], output, options)) as [{ StatusCode: number }, { remove(): Promise<void> }];
  output.end();
  await container.remove();
  return { code: StatusCode, text: await text };
}

suite('the image', () => {
  test('says what it is, runs as nobody, and has nothing of another platform and no tools to build', async () => {
    const { Config, Size } = await engine.docker.getImage(image).inspect();
    assert.deepEqual([Config.User, Config.Labels['org.opencontainers.image.title'], Config.Labels['org.opencontainers.image.version']], ['65534:65534', 'almanac', 'test']);
    const look = `const { globSync, existsSync } = require('node:fs');
      console.log(JSON.stringify({ user: process.getuid(), natives: globSync('/app/node_modules/**/*.{node,dylib,dll,exe}'), tools: ['typescript', 'oxlint', 'dependency-cruiser'].filter((name) => existsSync('/app/node_modules/' + name)), others: globSync('/app/{test,bench,.git,.almanac}') }));`;
    const { code, text } = await said([look], ['node', '--eval']);
    assert.equal(code, 0, text);
    const seen = JSON.parse(text) as { user: number; natives: string[]; tools: string[]; others: string[] };
    assert.deepEqual([seen.user, seen.tools, seen.others], [65534, [], []]);
    assert.deepEqual(seen.natives.filter((file) => /darwin|win32|windows|aarch64|arm64|musl/.test(file)), []);
    assert.ok(Size < 1.6e9, `${Math.round(Size / 1e6)} MB`);
  });

  test('every role is there, and another is refused by name', async () => {
    const help = await said(['cli', '--help']);
    assert.equal(help.code, 0, help.text);
    assert.match(help.text, /backfill/);
    assert.deepEqual(await said(['nobody']), { code: 64, text: 'almanac has no role "nobody": expected worker, endpoint, model-server, trainer, cli\r\n' });
    const { code, text } = await said(['trainer', '/tmp']);
    assert.equal(code, 2, text);
    assert.match(text, /job\.json cannot be read/);
  });

  test('training in it gives the bytes that a process of this machine gives, and its owner can remove them', async () => {
    const [here, inside] = [path.join(folder, 'here'), path.join(folder, 'inside')];
    await writeJob(here, { rows: 2000, features: 5, snapshots: 10, seed: 5 });
    await cp(here, inside, { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, [path.join(project, 'src/main/trainer.ts'), here], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const runner = dockerRunner({ socketPath: engine.socketPath, image, jobsFolder: folder, recordFolder: path.join(folder, 'running') });
    const outcome = await runner.run({ id: 'train/shop', program: 'trainer', folder: inside, inputs: ['job.json', 'dataset.arrow'], timeoutMs: 120_000, memoryMb: 1024 }, { signal: new AbortController().signal, onBeat: () => undefined });
    assert.equal(outcome.reason, 'finished', outcome.lastLines.join('\n'));
    assert.match(await readFile(outcome.logFile, 'utf8'), /dataset: 2000 rows, 5 features, 10 snapshots/);
    const files = (await readdir(here, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    assert.ok(files.some(({ name }) => name === 'saved_model.pb'));
    for (const { parentPath, name } of files) {
      const file = path.relative(here, path.join(parentPath, name));
      assert.deepEqual(await readFile(path.join(inside, file)), await readFile(path.join(here, file)), file);
    }
    for (const made of ['models', 'models/logistic']) assert.equal((await stat(path.join(inside, made))).mode & 0o777, 0o777, 'its owner may be anybody');
  });
});

suite('a week whose training runs in a container', () => {
  let stack: TestStack;
  let property: string;
  before(async () => {
    writeSmallShop(path.join(folder, 'days'));
    const runner = { kind: 'docker', image, socket: engine.socketPath };
    stack = await startTestStack({ properties: { small: smallShopProperty(path.join(folder, 'days')) }, configuration: { runner } });
    property = stack.named('small');
    const backfill = await stack.almanac.backfills.start({ property, from: SMALL_SHOP.firstDay, to: SMALL_SHOP.lastDay, which: 'missing', order: 'oldest', weeks: false });
    assert.deepEqual((await backfill.result()).failed, []);
  });
  after(() => stack?.stop());

  test('kill -9 of the worker during the training: the retry takes the container over, and none is left', async () => {
    const since = Math.floor(Date.now() / 1000);
    await stack.almanac.weeks.run(property, '2026-W11');
    const training = await eventually(async () => (await engine.docker.listContainers())[0], 180_000, 'a container that trains');
    const container = engine.docker.getContainer(training.Id);
    await container.pause(); // so that the training is not over before its worker is
    const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
    assert.ok(worker?.pid);
    process.kill(worker.pid, 'SIGKILL');
    await container.unpause();
    const status = await eventually(async () => {
      const now = await stack.almanac.weeks.status(property, '2026-W11');
      return now && ['serving', 'failed'].includes(now.phase) && now;
    }, 240_000, 'a decision on 2026-W11');
    assert.equal(status.phase, 'serving', status.sentence);
    assert.equal(worker.restarts, 1);
    const events = await engine.docker.getEvents({ since, until: Math.ceil(Date.now() / 1000), filters: { type: ['container'], event: ['create'] } });
    let told = '';
    for await (const chunk of events) told += String(chunk);
    const created = told.trim().split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
    assert.deepEqual(created, [training.Id]);
    assert.deepEqual(await engine.containers(), []);
    const logs = path.join(stack.home, 'logs', 'jobs');
    const [log = ''] = await readdir(logs);
    assert.match(await readFile(path.join(logs, log), 'utf8'), /^dataset: \d+ rows/);
  });
});
