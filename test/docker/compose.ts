import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { root } from '../../src/main/root.ts';
import { eventually } from '../stack.ts';
import type { DockerWorld } from './world.ts';

const PROJECT = 'almanac-trial';

/** docker-compose.yml as it is, with what needs no other part: its job of passwords, and the model server. */
export function composeTrial({ engine, image, compose, folder }: DockerWorld): void {
  suite('docker-compose.yml on a real engine', () => {
    before(() => writeFileSync(path.join(folder, 'alone.yaml'), 'services:\n  model-server:\n    depends_on: !override {}\n'));
    after(async () => {
      const { stderr, status } = composed('down', '--volumes', '--timeout', '40');
      assert.equal(status, 0, stderr);
      assert.deepEqual([await engine.containers(), (await engine.docker.listVolumes()).Volumes, (await engine.docker.listNetworks()).map(({ Name }) => Name).filter((name) => name.startsWith(PROJECT))], [[], [], []]);
    });

    test('the file is what Compose understands, with every profile', () => {
      const { services } = JSON.parse(run('--profile', '*', 'config', '--format', 'json')) as { services: Record<string, unknown> };
      assert.ok('worker-sequences' in services && 'cli' in services);
    });

    test('passwords are made once', () => {
      const look = "console.log(fs.globSync('/secrets/*/*').sort().map((file) => file + ' ' + (fs.statSync(file).mode & 0o777).toString(8) + ' ' + fs.readFileSync(file, 'utf8')).join('\\n'))";
      const inside = (): string => run('run', '--rm', '--no-deps', '--no-TTY', '--entrypoint', 'node', 'secrets', '--eval', look);
      run('up', '--no-deps', 'secrets');
      const made = inside();
      assert.deepEqual([...made.matchAll(/^(\/secrets\S+) 444 \S/gm)].map(([, file]) => file), ['grafana/password', 'postgres/password', 's3/credentials', 's3/secret-key'].map((file) => `/secrets/${file}`));
      run('up', '--no-deps', '--force-recreate', 'secrets');
      assert.equal(inside(), made);
    });

    test('the model server becomes healthy: as nobody, on a read-only root, without a capability', { timeout: 5 * 60_000 }, async () => {
      run('up', '--detach', 'model-server');
      const container = engine.docker.getContainer(`${PROJECT}-model-server-1`);
      await eventually(async () => (await container.inspect()).State.Health?.Status === 'healthy', 240_000, 'health of the model server');
      const { Config, HostConfig, RestartCount } = await container.inspect();
      assert.deepEqual([Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.Privileged, RestartCount], ['65534:65534', true, ['ALL'], false, 0]);
    });

    function composed(...args: string[]): { status: number | null; stdout: string; stderr: string } {
      const environment = { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${engine.socketPath}`, ALMANAC_IMAGE: image, MODEL_SERVER_IMAGE: image };
      return spawnSync(compose, ['--project-name', PROJECT, '--project-directory', root, '--file', path.join(root, 'docker-compose.yml'), '--file', path.join(folder, 'alone.yaml'), ...args], { encoding: 'utf8', env: environment, cwd: root, maxBuffer: 64 << 20 });
    }

    function run(...args: string[]): string {
      const { status, stdout, stderr } = composed(...args);
      assert.equal(status, 0, `compose ${args.join(' ')}\n${stderr}${stdout}`);
      return stdout;
    }
  });
}
