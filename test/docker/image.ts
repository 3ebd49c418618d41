import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import { root as project } from '../../src/main/root.ts';
import { neededPackages } from '../../src/parts/needed-packages.ts';
import { libtensorflow } from '../../src/parts/versions.ts';
import { dockerRunner } from '../../src/runners/docker.ts';
import { BASE_IMAGE } from '../containers/base-image.ts';
import { writeJob } from '../models/synthetic.ts';
import type { DockerWorld } from './world.ts';

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly 'bom-ref': string }[];
}

export function imageTrial({ engine, image, folder }: DockerWorld): void {
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
    test('says what it is, runs as nobody, asks after its health, and opens the ports of its roles', async () => {
      const { Config } = await engine.docker.getImage(image).inspect();
      const label = (name: string) => Config.Labels[`org.opencontainers.image.${name}`];
      assert.deepEqual(['title', 'version', 'licenses', 'base.name'].map(label), ['almanac', 'test', 'Apache-2.0', BASE_IMAGE]);
      assert.ok(label('description') && label('revision'));
      assert.equal(Config.User, '65534:65534');
      assert.deepEqual((Config as { Healthcheck?: { Test: string[] } }).Healthcheck?.Test, ['CMD', 'node', '/app/docker/health.mjs']);
      assert.deepEqual(Object.keys(Config.ExposedPorts), ['8501/tcp', '8600/tcp', '8602/tcp', '8604/tcp']);
    });

    test('has nothing of another platform, no tools to build, and no more than it needs', async () => {
      const { Size } = await engine.docker.getImage(image).inspect();
      const look = `const { globSync, existsSync } = require('node:fs');
        console.log(JSON.stringify({ user: process.getuid(), natives: globSync('/app/node_modules/**/*.{node,dylib,dll,exe}'), tools: ['typescript', 'oxlint', 'dependency-cruiser'].filter((name) => existsSync('/app/node_modules/' + name)), others: globSync('/app/{test,bench,.git,.almanac}'), bundles: globSync('/app/.cache/bundles/*.js').length }));`;
      const { code, text } = await said([look], ['node', '--eval']);
      assert.equal(code, 0, text);
      const seen = JSON.parse(text) as { user: number; natives: string[]; tools: string[]; others: string[]; bundles: number };
      assert.deepEqual([seen.user, seen.tools, seen.others, seen.bundles], [65534, [], [], 1]);
      assert.deepEqual(seen.natives.filter((file) => /darwin|win32|windows|aarch64|arm64|musl/.test(file)), []);
      assert.ok(Size < 1.6e9, `${Math.round(Size / 1e6)} MB`);
    });

    test('its bill of materials names every package in it, libtensorflow, and nothing else', async () => {
      const { text } = await said(["process.stdout.write(require('node:fs').readFileSync('/app/sbom.cdx.json', 'utf8'))"], ['node', '--eval']);
      const bill = JSON.parse(text) as Bill;
      assert.deepEqual([bill.bomFormat, bill.metadata.component.name], ['CycloneDX', 'almanac']);
      const needed = neededPackages(project).map(({ name, version }) => `${name}@${version}`);
      assert.deepEqual(bill.components.map((component) => component['bom-ref']).sort(), [...new Set([...needed, `libtensorflow@${libtensorflow.version}`])].sort());
      const { text: inside } = await said(["console.log(JSON.stringify(require('node:fs').globSync('/app/node_modules/{*,@*/*}/package.json').length))"], ['node', '--eval']);
      assert.equal(Number(inside), neededPackages(project).filter(({ place }) => place.split('node_modules/').length === 2 && existsSync(path.join(project, place, 'package.json'))).length);
    });

    test('every role is there, and another is refused by name', async () => {
      const help = await said(['cli', '--help']);
      assert.equal(help.code, 0, help.text);
      assert.match(help.text, /backfill/);
      assert.deepEqual(await said(['nobody']), { code: 64, text: 'almanac has no role "nobody": expected worker, endpoint, rollup-server, model-server, trainer, job, cli\r\n' });
      const { code, text } = await said(['trainer', '/tmp']);
      assert.equal(code, 2, text);
      assert.match(text, /job\.json cannot be read/);
    });

    test('health is asked of the role that runs, with Docker\'s init before it or not', async () => {
      for (const [command, Init, told] of [
        [['model-server'], false, /^model-server: 404 /], [['model-server'], true, /^model-server: 404 /],
        [['worker'], false, /^worker: http:\/\/127\.0\.0\.1:8602\/readyz does not answer/], // without a store it is not well
        [['cli', 'schedules', 'list'], true, /^cli: running/],
      ] as const) {
        const container = await engine.docker.createContainer({ Image: image, Cmd: [...command], HostConfig: { ReadonlyRootfs: true, NetworkMode: 'none', Tmpfs: { '/tmp': 'mode=1777' }, Init }, Env: ['TEMPORAL_ADDRESS=127.0.0.1:1', 'ALMANAC_CASSANDRA=127.0.0.1:1'] });
        try {
          await container.start();
          let [code, text]: [number | null, string] = [null, ''];
          // A model server takes a moment to answer; the others say at once what they are.
          for (const deadline = Date.now() + 60_000; !told.test(text) && Date.now() < deadline;) ({ code, text } = await asked(container.id));
          assert.match(text, told);
          assert.equal(code, command[0] === 'worker' ? 1 : 0, text);
        } finally {
          await container.remove({ force: true });
        }
      }
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

  /** What the health command says of a container now. */
  async function asked(id: string): Promise<{ code: number | null; text: string }> {
    const exec = await engine.docker.getContainer(id).exec({ Cmd: ['node', '/app/docker/health.mjs'], AttachStdout: true, AttachStderr: true, Tty: true });
    const chunks = await (await exec.start({ Tty: true })).toArray();
    return { text: Buffer.concat(chunks as Buffer[]).toString(), code: (await exec.inspect()).ExitCode };
  }
}
